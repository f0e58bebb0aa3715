"""A LEO model small enough for a test, with samples and observations of both worlds."""

import dataclasses
from functools import cache
from typing import Any

import numpy as np
import torch

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import PolicyContext
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.policies.leo.batches.batch import LeoBatch, LeoSample, collate
from leo_agent.policies.leo.batches.sequence import SequenceBuilder
from leo_agent.policies.leo.config.config import AbstractionConfig, LeoConfig
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.embodiments.base import ORIGIN, UNTURNED, LeoEmbodiment, Percept
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.corpus import tokenizer_corpus
from leo_agent.policies.leo.text.sentence_piece_tokenizer import SentencePieceTokenizer, train_tokenizer

IMAGE_PX = 64
BODIES = {"navigation": NavigationEmbodiment(), "tabletop": TabletopEmbodiment()}


def leo(world: str) -> LeoEmbodiment:
    return leo_embodiment(BODIES[world])


def context(world: str, **more: Any) -> PolicyContext:
    return PolicyContext(BODIES[world], device="cpu", **more)


@cache
def tokenizer() -> SentencePieceTokenizer:
    return train_tokenizer(tokenizer_corpus(), 600)


@cache
def builder() -> SequenceBuilder:
    return SequenceBuilder(tokenizer(), config())


def config() -> LeoConfig:
    nano = preset("leo-nano")
    return dataclasses.replace(
        nano.with_vocab_size(tokenizer().vocab_size),
        name="leo-tiny",
        language_model=dataclasses.replace(
            nano.with_vocab_size(tokenizer().vocab_size).language_model,
            hidden_size=48,
            num_layers=2,
            num_heads=3,
            intermediate_size=64,
        ),
        image=dataclasses.replace(nano.image, depths=(1, 1, 1, 1), dims=(4, 8, 8, 8), size_px=IMAGE_PX),
        points=dataclasses.replace(
            nano.points,
            num_points=64,
            stages=(
                AbstractionConfig(8, 0.3, 4, (8, 8)),
                AbstractionConfig(4, 0.6, 4, (8, 8)),
                AbstractionConfig(None, 0.0, 0, (16,)),
            ),
            output_dim=16,
        ),
        spatial=dataclasses.replace(nano.spatial, hidden_size=32, num_heads=2, intermediate_size=32),
    )


def model(seed: int = 0, **changes: Any) -> LeoModel:
    torch.manual_seed(seed)
    return LeoModel(dataclasses.replace(config(), **changes))


def look_around(model: LeoModel) -> LeoModel:
    """Random layers hardly look around, so that answers would be those of the last token alone: makes them do so."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "o_proj.base_layer" in name:
                parameter *= 10
    return model


def cloud_table(count: int = 40, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.57, 0.57, (count, 64, 6)).astype(np.float32)


def sample(world: str, seed: int, with_image: bool = True) -> LeoSample:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 9))
    yaw = rng.uniform(-np.pi, np.pi) / 2
    percept = Percept(
        object_rows=rng.choice(40, count, replace=False),
        object_locations=rng.uniform(0.1, 0.9, (count, 6)).astype(np.float32),
        image=rng.integers(0, 255, (IMAGE_PX, IMAGE_PX, 3), dtype=np.uint8) if with_image else None,
        agent_position=rng.normal(size=3),
        agent_rotation=np.array([0, np.sin(yaw), 0, np.cos(yaw)]),
    )
    if world == "navigation":
        past = [leo(world).encode(action) for action in rng.integers(0, 4, int(rng.integers(0, 6))).tolist()]
        answer = leo(world).encode(int(rng.integers(4)))
        return leo(world).sample(tokenizer(), percept, "find a chair", past, answer=answer)
    answer = [8 + int(rng.integers(320)), 328 + int(rng.integers(160)), 488 + int(rng.integers(36))] * 2
    percept = dataclasses.replace(percept, agent_position=ORIGIN, agent_rotation=UNTURNED)
    return leo(world).sample(tokenizer(), percept, "put the red blocks in a green bowl", [answer], answer=answer)


def batch_of(samples: list[LeoSample]) -> LeoBatch:
    return collate(samples, cloud_table(), builder(), IMAGE_PX)


def without_prefix(batch: LeoBatch) -> LeoBatch:
    """The same batch with the text that all samples start with among their own tokens."""
    count, samples = len(batch.prefix_ids), len(batch)
    return dataclasses.replace(
        batch,
        prefix_ids=batch.prefix_ids[:0],
        tokens=torch.cat([batch.prefix_ids.expand(samples, -1), batch.tokens], dim=1),
        token_mask=torch.nn.functional.pad(batch.token_mask, (count, 0), value=True),
        positions=torch.arange(count + batch.tokens.shape[1]).expand(samples, -1),
        lengths=batch.lengths + count,
        answer_positions=batch.answer_positions + count,
    )


def observation(world: str, seed: int, slot: int = 0) -> dict[str, Any]:
    """A random observation with the contract's keys (fewer slots and points than by default)."""
    rng = np.random.default_rng(seed)
    count, slots = int(rng.integers(1, 9)), 10
    values: dict[str, Any] = {
        "image": rng.integers(0, 255, (48, 64, 3), dtype=np.uint8),
        "object_points": np.zeros((slots, 128, 6), np.float32),
        "object_boxes": np.zeros((slots, 6), np.float32),
        "object_mask": np.arange(slots) < count,
        "object_ids": np.arange(slots) + 1,
        "agent_position": rng.normal(size=3).astype(np.float32),
        "agent_rotation": np.array([0, 0, 0, 1], np.float32),
        "slot": slot,
        "episode_seed": seed,
    }
    values["object_points"][:count] = rng.uniform(0, 1, (count, 128, 6))
    values["object_boxes"][:count] = rng.uniform(0.1, 0.9, (count, 6))
    if world == "tabletop":
        values["color_map"] = rng.integers(0, 255, (320, 160, 3), dtype=np.uint8)
        values["height_map"] = rng.uniform(0, 0.1, (320, 160)).astype(np.float32)
    else:
        values["gps"] = np.zeros(2, np.float32)
    return values
