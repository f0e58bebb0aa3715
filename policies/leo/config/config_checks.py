"""What the numbers of a LEO configuration have to be, so that a wrong one is told before a model is built from it."""

from typing import TYPE_CHECKING, Any

from leo_agent.contract.errors import InputError

if TYPE_CHECKING:
    from leo_agent.policies.leo.config.config import LeoConfig

LORA_TARGETS = {
    "llama": ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    "opt": ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"),
}
MOST = 10**7  # no size of a network comes near it
RGB, IMAGE_STAGES = 3, 4


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
    _check_ranges(config)
    for part, each in (("language_model", decoder), ("spatial", spatial)):
        if each.hidden_size % each.num_heads:
            raise InputError(f"{part}.num_heads: found {each.num_heads}, expected a divisor of {each.hidden_size}")
    if decoder.architecture == "llama" and decoder.hidden_size // decoder.num_heads % 2:
        raise InputError(f"language_model.num_heads: found {decoder.num_heads}, expected heads of even size")
    _check_stages(config)
    unknown = set(config.lora.targets) - set(LORA_TARGETS[decoder.architecture])
    if unknown or not config.lora.targets:
        found = sorted(unknown)[0] if unknown else "none"
        expected = ", ".join(LORA_TARGETS[decoder.architecture])
        raise InputError(f"lora.targets: found {found}, expected some of {expected}")


def _check_ranges(config: "LeoConfig") -> None:
    decoder, spatial = config.language_model, config.spatial
    least = 1e-12
    for name, value, low, high in (
        ("clear_way_m", config.clear_way_m, 0.0, 1e3),
        ("stop_threshold", config.stop_threshold, 0.0, 1e3),
        ("language_model.rope_theta", decoder.rope_theta, 1.0, 1e9),
        ("language_model.rms_norm_eps", decoder.rms_norm_eps, 0.0, 1.0),
        ("language_model.initializer_range", decoder.initializer_range, 0.0, 1.0),
        ("language_model.embedding_std", decoder.embedding_std, 0.0, 10.0),
        ("lora.alpha", config.lora.alpha, 0.0, 1e6),
        ("lora.dropout", config.lora.dropout, 0.0, 0.99),
        ("spatial.dropout", spatial.dropout, 0.0, 0.99),
        ("spatial.min_wavelength_m", spatial.min_wavelength_m, least, 1e6),
        ("spatial.max_wavelength_m", spatial.max_wavelength_m, spatial.min_wavelength_m, 1e6),
        *((f"image.mean[{number}]", each, -1e3, 1e3) for number, each in enumerate(config.image.mean)),
        *((f"image.std[{number}]", each, least, 1e3) for number, each in enumerate(config.image.std)),
    ):
        if not low <= value <= high:  # nor is NaN
            raise InputError(f"{name}: found {value}, expected {low:g} to {high:g}")


def _check_stages(config: "LeoConfig") -> None:
    image, points = config.image, config.points
    if len(image.depths) != len(image.dims) or len(image.dims) != IMAGE_STAGES:
        found = f"{len(image.depths)} and {len(image.dims)}"
        raise InputError(f"image.depths and image.dims: found {found} stages, expected {IMAGE_STAGES} of each")
    for name in ("mean", "std"):
        if len(getattr(image, name)) != RGB:
            raise InputError(f"image.{name}: found {len(getattr(image, name))} numbers, expected one of each colour")
    for name in ("depths", "dims"):
        for number, value in enumerate(getattr(image, name)):
            _check_whole(f"image.{name}[{number}]", value, 1)
    if not points.stages or points.stages[-1].num_centroids is not None:
        raise InputError("points.stages: expected at least one, the last of which groups all points (null)")
    most = points.num_points
    for number, stage in enumerate(points.stages):
        where = f"points.stages[{number}]"
        if stage.num_centroids is not None:
            _check_whole(f"{where}.num_centroids", stage.num_centroids, 1, most)
            _check_whole(f"{where}.num_neighbours", stage.num_neighbours, 1)
            most = stage.num_centroids
            if not 0 < stage.radius <= 1e3:
                raise InputError(f"{where}.radius: found {stage.radius}, expected a number above 0")
        if not stage.channels:
            raise InputError(f"{where}.channels: found none, expected the width of at least one layer")
        for place, width in enumerate(stage.channels):
            _check_whole(f"{where}.channels[{place}]", width, 1)


def _check_whole(name: str, value: Any, least: int, most: int = MOST) -> None:
    if not least <= value <= most:
        raise InputError(f"{name}: found {value}, expected {least} to {most}")
