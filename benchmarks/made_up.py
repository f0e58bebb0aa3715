"""Models of random weights and made-up observations, for benchmarks of what needs no sense."""

from __future__ import annotations

import dataclasses
import re
import zlib

import numpy as np
import torch

from leo_agent.policies.leo.config.config import LoraConfig
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.devices import language_model_dtype
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.weights import checkpoint

OBJECTS, POINTS = 60, 1024


class StandInTokenizer:
    """About as many ids as LLaMA's tokenizer gives, which is not ours to hand out: their number is what costs time."""

    vocab_size, bos_id, eos_id = 32000, 1, 2

    def encode(self, text: str) -> list[int]:
        pieces = re.findall(r" ?\w{1,6}|[^\w\s]", text)
        return [300 + zlib.crc32(piece.encode()) % 30000 for piece in pieces]

    encode_beginning = encode_continuation = encode
    answer_start = (bos_id,)

    def encode_opening(self, text: str) -> list[int]:
        return [self.bos_id, *self.encode_beginning(text)]

    def encode_prompt(self, prompt) -> list[int]:
        actions = [self.action_id(index) for index in prompt.history]
        return self.encode(prompt.before) + actions + self.encode_continuation(prompt.after)

    def action_id(self, index: int) -> int:
        return self.vocab_size - 1 - index


def random_model(name: str, device: torch.device) -> tuple[LeoModel, object]:
    """A model with random weights made on the device, and a tokenizer."""
    config = dataclasses.replace(preset(name), lora=LoraConfig(rank=0))
    if config.language_model.trainable:
        model, tokenizer = checkpoint.new_model(name, seed=0)
        model.llm_model = language_model.merge_adapters(model.llm_model)
        return model.to(device), tokenizer
    model = empty_model(config)
    generator = torch.Generator(device).manual_seed(0)
    for name, place in checkpoint.own_tensors(model).items():
        dtype = place.dtype
        if name.startswith(checkpoint.LLM_PREFIX):
            dtype = language_model_dtype(device) or torch.bfloat16
        tensor = torch.ones(place.shape, dtype=dtype, device=device)
        if place.dim() > 1:
            tensor.normal_(std=0.02, generator=generator)
        checkpoint.place_tensor(model, name, tensor)
    language_model.tie_output(model.llm_model)
    return model.to(device).eval(), StandInTokenizer()


def observation(world: str, slot: int) -> dict:
    """A made-up observation of the contract's shapes."""
    rng = np.random.default_rng(slot)
    values = {
        "image": rng.integers(0, 255, (256, 256, 3), dtype=np.uint8),
        "object_points": rng.random((OBJECTS, POINTS, 6), dtype=np.float32),
        "object_boxes": rng.random((OBJECTS, 6), dtype=np.float32),
        "object_mask": np.ones(OBJECTS, bool),
        "object_ids": np.arange(OBJECTS),
        "agent_position": np.full(3, 20.0, np.float32),  # away from the made-up objects, that stand in no one's way
        "agent_rotation": np.array([0, 0, 0, 1], np.float32),
        "slot": slot,
    }
    if world == "tabletop":
        values["color_map"] = rng.integers(0, 255, (320, 160, 3), dtype=np.uint8)
        values["height_map"] = np.zeros((320, 160), np.float32)
    return values


def moved(view: dict, step: int) -> dict:
    """The same view of the table after two of its objects were moved."""
    points = view["object_points"].copy()
    points[:2, :, :3] += 0.01 * step
    return {**view, "object_points": points}
