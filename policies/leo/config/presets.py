"""The named LEO configurations: the released sizes, one for a laptop, and the one that is shipped with weights."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import (
    OPT_LORA_TARGETS,
    AbstractionConfig,
    ClipTextConfig,
    ImageEncoderConfig,
    LanguageModelConfig,
    LeoConfig,
    LoraConfig,
    PointEncoderConfig,
    SpatialConfig,
)


def preset(name: str) -> LeoConfig:
    """The configuration of that name.

    Raises:
        InputError: there is none; the names are listed.
    """
    if name not in PRESETS:
        raise InputError(f"unknown LEO configuration {name!r}; expected one of {', '.join(PRESETS)}")
    return PRESETS[name]


def configured(config: LeoConfig, options: Mapping[str, Any]) -> LeoConfig:
    """The configuration with values by dotted key in the place of its own.

    Raises:
        InputError: there is no such key, or the value is none that it may hold.
    """
    values = config.to_dict()
    for key, value in options.items():
        *owners, last = key.split(".")
        inner: Any = values
        for owner in owners:
            inner = inner.get(owner) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or last not in inner:
            raise InputError(f"model_options: found {key!r}, which {config.name} does not have")
        inner[last] = value
    return LeoConfig.from_dict(values, "model_options")


def variant(config: LeoConfig, tuned_image: bool, text_guidance: bool) -> LeoConfig:
    """The configuration with the image encoder tuned, and with CLIP's text guidance, where asked for."""
    image = dataclasses.replace(config.image, trainable=config.image.trainable or tuned_image)
    clip_text = config.clip_text or (ClipTextConfig() if text_guidance else None)
    return dataclasses.replace(config, image=image, clip_text=clip_text)


# What the sizes have in common that are trained from scratch; their tokenizers are trained, too.
_FROM_SCRATCH = LeoConfig(
    skip_blocked_moves=True,
    clear_way_m=0.24,
    stop_threshold=0.5,
    language_model=LanguageModelConfig(vocab_size=1524, extra_rows=0, embedding_std=0.5, trainable=True),
    spatial=SpatialConfig(dropout=0.0, frame="agent", object_center="box_center", location_bands=12),
)

# Encoders that a CPU trains, and whose features leo-nano and leo-smollm2 share.
_SMALL_IMAGE_ENCODER = ImageEncoderConfig(
    depths=(1, 1, 2, 1), dims=(16, 32, 96, 192), num_classes=0, size_px=128, pooling="conv", trainable=True
)
_SMALL_POINT_ENCODER = PointEncoderConfig(
    num_points=256,
    stages=(
        AbstractionConfig(32, 0.3, 8, (32, 32, 64)),
        AbstractionConfig(8, 0.6, 8, (64, 64, 128)),
        AbstractionConfig(None, 0.0, 0, (128, 192)),
    ),
    output_dim=192,
    trainable=True,
)
_SMALL_SPATIAL = dataclasses.replace(
    _FROM_SCRATCH.spatial,
    hidden_size=128,
    num_layers=2,
    num_heads=4,
    intermediate_size=384,
)

PRESETS: dict[str, LeoConfig] = {
    "leo-vicuna-7b": LeoConfig(),
    "leo-vicuna-13b": LeoConfig(
        name="leo-vicuna-13b",
        language_model=LanguageModelConfig(hidden_size=5120, num_layers=40, num_heads=40, intermediate_size=13824),
    ),
    "leo-opt-1.3b": LeoConfig(
        name="leo-opt-1.3b",
        language_model=LanguageModelConfig(
            architecture="opt",
            vocab_size=50265,
            extra_rows=7,  # the released matrix has 50272 rows
            hidden_size=2048,
            num_layers=24,
            intermediate_size=8192,
        ),
        lora=LoraConfig(targets=OPT_LORA_TARGETS),
    ),
    "leo-small": dataclasses.replace(
        _FROM_SCRATCH,
        name="leo-small",
        language_model=dataclasses.replace(
            _FROM_SCRATCH.language_model,
            hidden_size=512,
            num_layers=8,
            num_heads=8,
            intermediate_size=1376,
        ),
        lora=LoraConfig(rank=8, alpha=8),
        image=ImageEncoderConfig(
            depths=(2, 2, 6, 2), dims=(48, 96, 192, 384), num_classes=0, size_px=160, pooling="conv", trainable=True
        ),
        points=PointEncoderConfig(trainable=True),
    ),
    "leo-nano": dataclasses.replace(
        _FROM_SCRATCH,
        name="leo-nano",
        language_model=dataclasses.replace(
            _FROM_SCRATCH.language_model,
            hidden_size=192,
            num_layers=4,
            num_heads=6,
            intermediate_size=512,
            max_positions=1024,
            initializer_range=0.06,
        ),
        lora=LoraConfig(rank=4, alpha=4),
        image=_SMALL_IMAGE_ENCODER,
        points=_SMALL_POINT_ENCODER,
        spatial=_SMALL_SPATIAL,
    ),
    # SmolLM2-135M-Instruct (arXiv 2502.02737), whose figures are those of its own config.json.
    "leo-smollm2": dataclasses.replace(
        _FROM_SCRATCH,
        name="leo-smollm2",
        language_model=LanguageModelConfig(
            vocab_size=49152,
            extra_rows=0,
            hidden_size=576,
            num_layers=30,
            num_heads=9,
            num_key_value_heads=3,
            intermediate_size=1536,
            max_positions=8192,
            rope_theta=100000.0,
            rms_norm_eps=1e-5,
            tied_output=True,
        ),
        image=_SMALL_IMAGE_ENCODER,
        points=_SMALL_POINT_ENCODER,
        spatial=_SMALL_SPATIAL,
    ),
}
