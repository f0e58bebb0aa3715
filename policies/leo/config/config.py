"""The typed configuration of a LEO model; the named ones are in `presets`.

The defaults are those of the released LEO-Vicuna-7B (arXiv 2311.12871). What a field may hold stands at its type
(`fields.Range`); a wrong value is an InputError before any model is built from it.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.fields import (
    LARGEST_SIZE,
    SMALLEST_SCALE,
    Config,
    Count,
    Range,
    Size,
    check_range,
)
from leo_agent.policies.leo.config.legacy import Legacy

Architecture = Literal["llama", "opt"]
ObjectCenter = Literal["centroid", "box_center"]
LLAMA_LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
OPT_LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj")
# Linear layers of each architecture that adapters may be put on.
ADAPTABLE_LAYERS: dict[Architecture, tuple[str, ...]] = {
    "llama": LLAMA_LORA_TARGETS,
    "opt": (*OPT_LORA_TARGETS, "fc1", "fc2"),
}
COLOUR_CHANNELS, IMAGE_STAGES = 3, 4
LARGEST_RADIUS = 1e3

Sizes = Annotated[tuple[int, ...], Range(1, LARGEST_SIZE)]
DropoutRate = Annotated[float, Range(0.0, 0.99)]


@dataclass(frozen=True)
class LanguageModelConfig(Config):
    """A decoder."""

    architecture: Architecture = "llama"  # "opt": learned positions, biases, output matrix = input embeddings
    vocab_size: Size = 32000  # of the tokenizer
    extra_rows: Count = 1  # embeddings beyond the vocabulary, never answered
    hidden_size: Size = 4096
    num_layers: Size = 32
    num_heads: Size = 32
    num_key_value_heads: Count = 0  # Llama's alone: heads that share keys and values; 0: as many as num_heads
    intermediate_size: Size = 11008
    max_positions: Size = 2048
    rope_theta: Annotated[float, Range(1.0, 1e9)] = 10000.0  # Llama's alone
    rms_norm_eps: Annotated[float, Range(0.0, 1.0)] = 1e-6  # Llama's alone
    tied_output: bool = False  # Llama's alone: the output matrix is the input embeddings, as OPT's always is
    initializer_range: Annotated[float, Range(0.0, 1.0)] = 0.02
    embedding_std: Annotated[float, Range(0.0, 10.0)] = 0.02  # of the input embeddings, trained from scratch
    trainable: bool = False  # the decoder itself is trained (from scratch), not only its adapters

    def check_rules(self, where: str) -> None:
        _check_heads(where, self.num_heads, self.hidden_size)
        if self.architecture == "llama" and self.hidden_size // self.num_heads % 2:  # rotary pairs
            raise InputError(f"{where}.num_heads: found {self.num_heads}, expected heads of even size")
        if self.num_heads % self.key_value_heads:
            found = self.num_key_value_heads
            raise InputError(f"{where}.num_key_value_heads: found {found}, expected a divisor of {self.num_heads}")

    @property
    def key_value_heads(self) -> int:
        """Heads of keys and values."""
        return self.num_key_value_heads or self.num_heads


@dataclass(frozen=True)
class LoraConfig(Config):
    """Low-rank adapters on the linear layers of the language model."""

    rank: Count = 16  # 0 leaves the adapters out
    alpha: Annotated[int, Range(0.0, 1e6)] = 16
    dropout: DropoutRate = 0.0
    targets: tuple[str, ...] = LLAMA_LORA_TARGETS  # names of layers, see ADAPTABLE_LAYERS


@dataclass(frozen=True)
class ImageEncoderConfig(Config):
    """A ConvNeXt whose feature map becomes one image token."""

    depths: Sizes = (3, 3, 27, 3)  # blocks of each of the four stages
    dims: Sizes = (128, 256, 512, 1024)  # channels of each stage
    num_classes: Count = 640  # rows of the head that the released weights carry and LEO never uses
    size_px: Size = 224  # side of the square that images are resized to
    pooling: Literal["avg", "conv"] = "avg"  # averaged, or convolved so that the token keeps the layout (LEO's two)
    mean: Annotated[tuple[float, ...], Range(-1e3, 1e3)] = (0.485, 0.456, 0.406)  # of R, G, B in [0, 1]
    std: Annotated[tuple[float, ...], Range(SMALLEST_SCALE, 1e3)] = (0.229, 0.224, 0.225)
    trainable: bool = False

    def check_rules(self, where: str) -> None:
        if not len(self.depths) == len(self.dims) == IMAGE_STAGES:
            found = f"{len(self.depths)} and {len(self.dims)}"
            raise InputError(f"{where}.depths and {where}.dims: found {found} stages, expected {IMAGE_STAGES} of each")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != COLOUR_CHANNELS:
                raise InputError(f"{where}.{name}: found {len(values)} numbers, expected one of each colour")


@dataclass(frozen=True)
class ClipTextConfig(Config):
    """CLIP's text encoder, frozen, whose vector of the instruction multiplies image and object tokens (LEO's VLA).

    The defaults are those of OpenAI's RN50.
    """

    context_length: Size = 77
    vocab_size: Size = 49408
    width: Size = 512
    num_heads: Size = 8
    num_layers: Size = 12
    output_dim: Size = 1024
    quick_gelu: bool = True  # x sigmoid(1.702 x), as OpenAI's weights were trained with


@dataclass(frozen=True)
class AbstractionConfig(Config):
    """One set abstraction of PointNet++ (Qi et al. 2017)."""

    num_centroids: int | None  # None groups all points; the two fields below are then unused
    radius: float  # of a ball around each centroid, in the object's unit ball
    num_neighbours: int
    channels: Sizes  # widths of the shared layers

    def check_rules(self, where: str) -> None:
        if self.num_centroids is not None:
            check_range(f"{where}.num_neighbours", self.num_neighbours, Range(1, LARGEST_SIZE))
            if not 0 < self.radius <= LARGEST_RADIUS:
                raise InputError(f"{where}.radius: found {self.radius}, expected a number above 0")
        if not self.channels:
            raise InputError(f"{where}.channels: found none, expected the width of at least one layer")


@dataclass(frozen=True)
class PointEncoderConfig(Config):
    """PointNet++ over one object's points."""

    num_points: Size = 1024  # of those given, evenly spaced in their order
    stages: tuple[AbstractionConfig, ...] = (
        AbstractionConfig(32, 0.2, 32, (64, 64, 128)),
        AbstractionConfig(16, 0.4, 32, (128, 128, 256)),
        AbstractionConfig(None, 0.0, 0, (256, 512, 768)),
    )
    output_dim: Size = 768
    trainable: bool = False

    def check_rules(self, where: str) -> None:
        if not self.stages or self.stages[-1].num_centroids is not None:
            raise InputError(f"{where}.stages: expected at least one, the last of which groups all points (null)")
        num_points = self.num_points
        for number, stage in enumerate(self.stages):
            if stage.num_centroids is not None:
                check_range(f"{where}.stages[{number}].num_centroids", stage.num_centroids, Range(1, num_points))
                num_points = stage.num_centroids


@dataclass(frozen=True)
class SpatialConfig(Config):
    """The spatial transformer over objects and agent (LEO's OSE3D)."""

    hidden_size: Size = 256
    num_layers: Size = 3
    num_heads: Size = 8
    intermediate_size: Size = 2048
    dropout: DropoutRate = 0.1
    # Poses as they are, z up (as LEO), or first moved to the agent's upright frame: x right, y forward, z up, origin
    # at its base.
    frame: Literal["world", "agent"] = "world"
    # Where an object is: at the mean of its points (as LEO was trained), or in the middle of the box around it.
    object_center: ObjectCenter = "centroid"
    # 0 (as LEO), or in how many wavelengths each centre coordinate is added to the projected object token, beside the
    # point features: see DirectFeatures. A small language model can then read positions off at the bins' precision.
    location_bands: Count = 0
    max_wavelength_m: float = 32.0
    # 0 (as LEO): one token an object. Else so many, beside the agent's, into which the objects are resampled by
    # attention from the goal: see ObjectResampler.
    object_tokens: Count = 0
    # Whether each place among the goal's words has a learnt vector of its own, by which their order tells. Without, the
    # goal is the sum of its words, and what is learnt of a word holds wherever it stands.
    word_positions: bool = True
    # Whether what is asked in words guides the objects as a goal does. Without, texts guide nothing (as LEO without
    # CLIP's text guidance).
    text_goals: bool = False
    min_wavelength_m: Annotated[float, Range(SMALLEST_SCALE, 1e6)] = 0.03

    def check_rules(self, where: str) -> None:
        check_range(f"{where}.max_wavelength_m", self.max_wavelength_m, Range(self.min_wavelength_m, 1e6))
        _check_heads(where, self.num_heads, self.hidden_size)


@dataclass(frozen=True)
class LeoConfig(Config):
    """All that is needed to build a LEO model."""

    name: str = "leo-vicuna-7b"
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    lora: LoraConfig = field(default_factory=LoraConfig)
    image: ImageEncoderConfig = field(default_factory=ImageEncoderConfig)
    points: PointEncoderConfig = field(default_factory=PointEncoderConfig)
    spatial: SpatialConfig = field(default_factory=SpatialConfig)
    clip_text: ClipTextConfig | None = None  # text guidance
    legacy: Legacy = field(default_factory=Legacy)  # behaviours of LEO's code that the weights were trained with
    max_objects: Size = 60  # slots of the sequence
    max_prompt_tokens: Size = 255  # of the instruction with its past actions
    history_steps: Count = 4  # past actions in the prompt
    # Navigation actions that would repeat or undo the last in vain are not offered: see `blocked_moves`.
    skip_blocked_moves: bool = False
    # Radius of the body that has to fit ahead for a step forward to be offered, 0 = always offered: see `clear_way`.
    clear_way_m: Annotated[float, Range(0.0, 1e3)] = 0.0
    # Probability, among the actions that are offered, below which stop is not answered: it cannot be taken back.
    stop_threshold: Annotated[float, Range(0.0, 1e3)] = 0.0

    def __post_init__(self) -> None:
        self.check()

    def check_rules(self, where: str) -> None:
        expected = ADAPTABLE_LAYERS[self.language_model.architecture]
        unknown = set(self.lora.targets) - set(expected)
        if unknown or not self.lora.targets:
            found = sorted(unknown)[0] if unknown else "none"
            raise InputError(f"lora.targets: found {found}, expected some of {', '.join(expected)}")

    def with_vocab_size(self, vocab_size: int) -> "LeoConfig":
        """The same configuration for a tokenizer of that many pieces."""
        language_model = dataclasses.replace(self.language_model, vocab_size=vocab_size)
        return dataclasses.replace(self, language_model=language_model)

    def with_legacy(self, names: Iterable[str]) -> "LeoConfig":
        """The same configuration with these legacy behaviours, and no others; see `Legacy.named`."""
        return dataclasses.replace(self, legacy=Legacy.named(names))


def _check_heads(where: str, num_heads: int, hidden_size: int) -> None:
    if hidden_size % num_heads:
        raise InputError(f"{where}.num_heads: found {num_heads}, expected a divisor of {hidden_size}")
