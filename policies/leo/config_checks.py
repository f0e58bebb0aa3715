"""What the numbers of a LEO configuration have to be, so that a wrong one is told before a model is built from it."""

import math
from typing import TYPE_CHECKING, Any

from policies.errors import InputError

if TYPE_CHECKING:
    from policies.leo.config import LeoConfig

LORA_TARGETS = {
    "llama": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    "opt": ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"),
}
MOST = 10**7  # no size of a network comes near it
RGB = 3


def check_config(config: "LeoConfig") -> None:
    """InputError that names the first value that no model can have."""
    decoder, spatial, image = config.language_model, config.spatial, config.image
    sizes = {
        "language_model": (decoder, "vocab_size hidden_size num_layers num_heads intermediate_size max_positions"),
        "image": (image, "size_px"),
        "points": (config.points, "num_points output_dim"),
        "spatial": (spatial, "hidden_size num_layers num_heads intermediate_size"),
        "": (config, "max_objects max_prompt_tokens"),
    }
    for part, (values, names) in sizes.items():
        for name in names.split():
            _check_whole(f"{part}.{name}".lstrip("."), getattr(values, name), 1)
    for name, value in (
        ("language_model.extra_rows", decoder.extra_rows),
        ("lora.rank", config.lora.rank),
        ("image.num_classes", image.num_classes),
        ("spatial.location_bands", spatial.location_bands),
        ("history_steps", config.history_steps),
    ):
        _check_whole(name, value, 0)
    for name, number in (("clear_way_m", config.clear_way_m), ("stop_threshold", config.stop_threshold)):
        if not 0 <= number < math.inf:
            raise InputError(f"{name}: found {number}, expected 0 or more")
    for part, each in (("language_model", decoder), ("spatial", spatial)):
        if each.hidden_size % each.num_heads:
            raise InputError(f"{part}.num_heads: found {each.num_heads}, expected a divisor of {each.hidden_size}")
    _check_image_and_adapters(config)


def _check_image_and_adapters(config: "LeoConfig") -> None:
    image, architecture = config.image, config.language_model.architecture
    if len(image.depths) != len(image.dims):
        raise InputError(f"image.dims: found {len(image.dims)} stages, expected {len(image.depths)} as of image.depths")
    for name in ("mean", "std"):
        if len(getattr(image, name)) != RGB:
            raise InputError(f"image.{name}: found {len(getattr(image, name))} numbers, expected one of each colour")
    unknown = set(config.lora.targets) - set(LORA_TARGETS[architecture])
    if unknown or not config.lora.targets:
        found = sorted(unknown)[0] if unknown else "none"
        raise InputError(f"lora.targets: found {found}, expected some of {', '.join(LORA_TARGETS[architecture])}")


def _check_whole(name: str, value: Any, least: int) -> None:
    if not least <= value <= MOST:
        raise InputError(f"{name}: found {value}, expected {least} to {MOST}")
