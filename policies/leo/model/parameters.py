"""How many parameters each part of a LEO model has, and how many of them are trained; counted without memory."""

import dataclasses

import torch

from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.model.model import LeoModel

# Parts by the beginning of their parameters' names; the first that fits counts.
PART_PREFIXES = {
    "language model": ("llm_model.",),
    "image encoder": ("img_encoder.",),
    "image projection": ("img_proj.",),
    "point encoder": ("pcd_encoder.obj_encoder.",),
    "spatial transformer": ("pcd_encoder.",),
    "object projection": ("pcd_proj.",),
    "direct object features": ("pcd_direct.",),
    "object resampler": ("pcd_resampler.",),
    "CLIP text encoder": ("clip_model.",),
    "CLIP projection": ("clip_proj.",),
}
ADAPTERS = "adapters (LoRA)"


def part_of(name: str) -> str:
    """The part that a parameter or buffer of that name belongs to."""
    if ".lora_" in name:
        return ADAPTERS
    return next(part for part, prefixes in PART_PREFIXES.items() if name.startswith(prefixes))


def empty_model(config: LeoConfig) -> LeoModel:
    """The model without storage for its parameters (meta device); what is computed at construction is there."""
    with torch.device("meta"):
        return LeoModel(config)


def count_parameters(config: LeoConfig) -> dict[str, tuple[int, int]]:
    """{part: (parameters, of those trained)}, in the order of the model; parts that it lacks are left out."""
    counts: dict[str, tuple[int, int]] = {}
    for name, parameter in empty_model(config).named_parameters():
        part = part_of(name)
        total, trained = counts.get(part, (0, 0))
        counts[part] = (total + parameter.numel(), trained + parameter.numel() * parameter.requires_grad)
    return counts


def acting_bytes(config: LeoConfig) -> int:
    """Bytes of the weights as they are held for acting on a GPU.

    Adapters are merged, a frozen language model is in bfloat16, the rest in float32.
    """
    merged = dataclasses.replace(config, lora=dataclasses.replace(config.lora, rank=0))
    frozen = not config.language_model.trainable
    return sum(
        each.numel() * (2 if frozen and name.startswith("llm_model.") else 4)
        for name, each in empty_model(merged).named_parameters()
    )


def total_parameters(counts: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """(parameters, of those trained) of all parts."""
    return sum(total for total, _ in counts.values()), sum(trained for _, trained in counts.values())
