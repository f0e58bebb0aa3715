"""The typed configuration of a LEO model and its strict reading from JSON; the named ones are in `presets`."""

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from leo_agent.policies.leo.config.config_checks import check_config
from leo_agent.policies.leo.config.legacy import Legacy

from leo_agent.contract.errors import InputError

Architecture = Literal["llama", "opt"]
LLAMA_LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
OPT_LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj")


@dataclass(frozen=True)
class LanguageModelConfig:
    """A decoder. `vocab_size` is that of the tokenizer; `extra_rows` are embeddings beyond it, never answered.

    architecture: "opt" has learned positions, biases, and an output matrix that is its input embeddings; `rope_theta`
        and `rms_norm_eps` are Llama's.
    trainable: the decoder itself is trained (from scratch), not only its adapters; see `initialisation`.
    """

    architecture: Architecture = "llama"
    vocab_size: int = 32000
    extra_rows: int = 1
    hidden_size: int = 4096
    num_layers: int = 32
    num_heads: int = 32
    intermediate_size: int = 11008
    max_positions: int = 2048
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-6
    initializer_range: float = 0.02
    embedding_std: float = 0.02
    trainable: bool = False


@dataclass(frozen=True)
class LoraConfig:
    """Low-rank adapters on the linear layers of the language model; rank 0 leaves them out."""

    rank: int = 16
    alpha: int = 16
    dropout: float = 0.0
    targets: tuple[str, ...] = LLAMA_LORA_TARGETS


@dataclass(frozen=True)
class ImageEncoderConfig:
    """A ConvNeXt; `pooling` "avg" is one averaged token, "conv" one token that keeps the layout (LEO's two)."""

    depths: tuple[int, ...] = (3, 3, 27, 3)
    dims: tuple[int, ...] = (128, 256, 512, 1024)
    num_classes: int = 640
    size_px: int = 224
    pooling: Literal["avg", "conv"] = "avg"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    trainable: bool = False


@dataclass(frozen=True)
class ClipTextConfig:
    """CLIP's text encoder, frozen, whose vector of the instruction multiplies image and object tokens (LEO's VLA).

    The defaults are those of OpenAI's RN50. quick_gelu: x sigmoid(1.702 x), as OpenAI's weights were trained with.
    """

    context_length: int = 77
    vocab_size: int = 49408
    width: int = 512
    num_heads: int = 8
    num_layers: int = 12
    output_dim: int = 1024
    quick_gelu: bool = True


@dataclass(frozen=True)
class AbstractionConfig:
    """One set abstraction of PointNet++; num_centroids None groups all points. Radius in the object's unit ball."""

    num_centroids: int | None
    radius: float
    num_neighbours: int
    channels: tuple[int, ...]


@dataclass(frozen=True)
class PointEncoderConfig:
    """PointNet++ over one object's points, `num_points` of those given, evenly spaced in their order."""

    num_points: int = 1024
    stages: tuple[AbstractionConfig, ...] = (
        AbstractionConfig(32, 0.2, 32, (64, 64, 128)),
        AbstractionConfig(16, 0.4, 32, (128, 128, 256)),
        AbstractionConfig(None, 0.0, 0, (256, 512, 768)),
    )
    output_dim: int = 768
    trainable: bool = False


@dataclass(frozen=True)
class SpatialConfig:
    """The spatial transformer over objects and agent.

    frame: "world" hands over the poses as they are (as published), z up; "agent" first moves them to the agent's
        upright frame, x right, y forward, z up, origin at its base.
    location_bands: 0 (as published), or the number of wavelengths, from `max_wavelength_m` down to
        `min_wavelength_m`, in which each centre coordinate is added to the projected object token, beside the point
        features: see DirectFeatures. A small language model can then read positions off at the precision of the bins.
    """

    hidden_size: int = 256
    num_layers: int = 3
    num_heads: int = 8
    intermediate_size: int = 2048
    dropout: float = 0.1
    frame: Literal["world", "agent"] = "world"
    location_bands: int = 0
    max_wavelength_m: float = 32.0
    min_wavelength_m: float = 0.03


@dataclass(frozen=True)
class LeoConfig:
    """All that is needed to build a LEO model; the defaults are those of the released LEO-Vicuna-7B.

    clip_text: text guidance; None leaves it out. legacy: published behaviours that the weights were trained with.
    skip_blocked_moves: navigation actions that would repeat or undo the last in vain are not offered; see
        `blocked_moves`.
    clear_way_m: radius, in metres, of the body that has to fit ahead for a step forward to be offered, 0 = always
        offered; see `clear_way`.
    stop_threshold: probability, among the actions that are offered, below which stop is not answered, since it cannot
        be taken back.
    """

    name: str = "leo-vicuna-7b"
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    lora: LoraConfig = field(default_factory=LoraConfig)
    image: ImageEncoderConfig = field(default_factory=ImageEncoderConfig)
    points: PointEncoderConfig = field(default_factory=PointEncoderConfig)
    spatial: SpatialConfig = field(default_factory=SpatialConfig)
    clip_text: ClipTextConfig | None = None
    legacy: Legacy = field(default_factory=Legacy)
    max_objects: int = 60
    max_prompt_tokens: int = 255
    history_steps: int = 4
    skip_blocked_moves: bool = False
    clear_way_m: float = 0.0
    stop_threshold: float = 0.0

    def __post_init__(self) -> None:
        check_config(self)

    def with_vocab_size(self, vocab_size: int) -> "LeoConfig":
        """The same configuration for a tokenizer of that many pieces."""
        language_model = dataclasses.replace(self.language_model, vocab_size=vocab_size)
        return dataclasses.replace(self, language_model=language_model)

    def with_legacy(self, names: Iterable[str]) -> "LeoConfig":
        """The same configuration with these published behaviours, and no others; see `Legacy.named`."""
        return dataclasses.replace(self, legacy=Legacy.named(names))

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], where: str = "config") -> Self:
        """Strict inverse of `to_dict`: an unknown or missing key, or a value of another type, is an InputError."""
        return _read_dataclass(cls, values, where)


def _read_dataclass(kind: Any, values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise InputError(f"{where}: found {type(values).__name__}, expected an object")
    hints = typing.get_type_hints(kind)
    for problem, names in (("unknown", set(values) - set(hints)), ("missing", set(hints) - set(values))):
        if names:
            raise InputError(f"{where}: {problem} key {sorted(names)[0]!r}; expected exactly {', '.join(hints)}")
    return kind(**{name: _read_value(hints[name], values[name], f"{where}.{name}") for name in hints})


def _read_value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, value, where)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_read_value(arguments[0], each, f"{where}[{index}]") for index, each in enumerate(value))
    if origin is Literal:
        if value in arguments:
            return value
        raise InputError(f"{where}: found {value!r}, expected one of {', '.join(map(str, arguments))}")
    nested = [each for each in arguments if dataclasses.is_dataclass(each)]
    if nested and value is not None:
        return _read_dataclass(nested[0], value, where)
    allowed = arguments if arguments and origin is not tuple else (kind,)
    if float in allowed and type(value) is int:
        return float(value)
    if type(value) not in allowed:
        expected = " or ".join(getattr(each, "__name__", str(each)) for each in allowed)
        raise InputError(f"{where}: found {value!r}, expected {expected}")
    return value
