"""Samples of the LEO model and how they become one batch of tensors."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.batches.sequence import SequenceBuilder, common_prefix, without_gap
from leo_agent.policies.leo.model.image_encoder import resize_image
from leo_agent.policies.leo.scenes.object_scene import FARTHEST_M
from leo_agent.policies.leo.text import prompts
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS

MAX_GOAL_TOKENS = 32


class PreparedClouds(Protocol):
    """Prepared clouds (T, num_points, 6), indexable by an int64 array: an array, a memory map, or the like."""

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.floating]: ...


@dataclass(frozen=True)
class LeoSample:
    """One decision, or one text to be said."""

    up_axis: UpAxis  # of the world frame
    object_rows: NDArray[np.int64]  # (n,) of the cloud table; -1 = empty slot, which is dropped
    object_locations: NDArray[np.floating]  # (n, 6) centre as SpatialConfig says, extents; metres, world frame
    agent_position: NDArray[np.floating]  # (3,) metres, world frame
    agent_rotation: NDArray[np.floating]  # (4,) quaternion x, y, z, w, world frame
    image: NDArray[np.uint8] | None  # (H, W, 3) RGB
    prompt_ids: Sequence[int]  # token ids of the instruction, with its past actions
    goal_ids: Sequence[int]  # those of the goal in words alone, for text guidance
    action_mask: ActionMask  # what may be answered; NO_ACTIONS where the answer is text
    answer_ids: Sequence[int] = ()  # of the right answer, for training: as many as the mask is long, or a text with EOS
    situation: str = prompts.DEFAULT_SITUATION  # where the agent is, in words
    instruction: str = ""  # the prompt as text without its action ids, for CLIP's text guidance
    # (variants, D) of the image encoder, in place of the image: as it is seen, then what a mirror would show
    image_features: NDArray[np.floating] | None = None

    @property
    def is_text(self) -> bool:
        """Whether the answer is text, not actions."""
        return self.action_mask.length == 0

    @property
    def has_image(self) -> bool:
        """Whether something is seen."""
        return self.image is not None or self.image_features is not None

    @property
    def answer_length(self) -> int:
        """Tokens of the answer, as far as they are known beforehand."""
        return self.action_mask.length or len(self.answer_ids)


@dataclass(frozen=True)
class LeoBatch:
    """B samples as tensors; N = most objects of a sample, L = longest sequence after the prefix, A = longest answer."""

    clouds: Tensor  # (C, P, 6) distinct prepared clouds
    object_index: Tensor  # (B, N) row of `clouds`
    object_mask: Tensor  # (B, N)
    locations: Tensor  # (B, N, 6) centre (`SpatialConfig.object_center`), extents, metres, world frame
    agent_position: Tensor  # (B, 3) metres, world frame
    agent_rotation: Tensor  # (B, 4) quaternion x, y, z, w, world frame
    y_up: Tensor  # (B,) whether y is the up axis, else z
    images: Tensor  # (I, S, S, 3) uint8
    image_index: Tensor  # (B,) row of `images`, -1 = none
    prefix_ids: Tensor  # (Lp,) text that all samples start with
    tokens: Tensor  # (B, L) coded as in `sequence`
    positions: Tensor  # (B, L) at which they stand
    token_mask: Tensor  # (B, L)
    lengths: Tensor  # (B,)
    goal_ids: Tensor  # (B, G) words of the goal, the first MAX_GOAL_TOKENS of them, -1 beyond its end
    answer_positions: Tensor  # (B, A) where in `tokens` each answer token is predicted
    answer_ids: Tensor  # (B, A)
    answer_mask: Tensor  # (B, A)
    allowed: Tensor  # (B, A, 524) by action index
    is_text: Tensor  # (B,) whether the answer is text
    instructions: tuple[str, ...]  # B texts
    # What a caller has computed before with frozen encoders, in place of their input, which is then empty:
    cloud_features: Tensor | None = None  # (C, F) of the point encoder, for `clouds`
    image_features: Tensor | None = None  # (I, D) of the image encoder, for `images`

    def __len__(self) -> int:
        return len(self.tokens)

    def to(self, device: torch.device | str) -> "LeoBatch":
        """The same batch on a device."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return LeoBatch(**{name: value.to(device) if hasattr(value, "to") else value for name, value in values.items()})


def collate(
    samples: Sequence[LeoSample],
    clouds: PreparedClouds | None,
    builder: SequenceBuilder,
    image_size_px: int,
    max_objects: int = 60,
) -> LeoBatch:
    """One batch of the samples; each distinct cloud is taken from the table once.

    Args:
        samples: of any embodiments; all that have images have features instead, or none.
        clouds: the table that the samples' rows are of; without one the object index of the batch is those rows, for
            a caller who has the features already.
        builder: lays out the sequences.
        image_size_px: height and width that images are brought to.
        max_objects: of more objects the first are kept.

    Raises:
        InputError: an answer does not fit its action mask, or a pose or box is none.
    """
    kept = [np.flatnonzero(np.asarray(each.object_rows) >= 0)[:max_objects] for each in samples]
    objects = _collate_objects(samples, kept, clouds)
    sequences = [
        builder.layout(each.prompt_ids, len(slots), each.has_image, each.situation, max(each.action_mask.length, 1))
        for each, slots in zip(samples, kept, strict=True)
    ]
    pictures = [resize_image(each.image, image_size_px) for each in samples if each.image is not None]
    images = np.stack(pictures) if pictures else np.zeros((0, image_size_px, image_size_px, 3), np.uint8)
    has_image = np.array([each.has_image for each in samples])
    features = [each.image_features[0] for each in samples if each.image_features is not None]
    image_index = np.where(has_image, has_image.cumsum() - 1, -1)
    arrays = {**objects, "images": images, "image_index": image_index, **_collate_text(samples, sequences, builder)}
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    return LeoBatch(
        **tensors,
        instructions=tuple(each.instruction for each in samples),
        image_features=torch.from_numpy(np.stack(features)) if features else None,
    )


def _collate_objects(
    samples: Sequence[LeoSample], kept: Sequence[NDArray[np.int64]], clouds: PreparedClouds | None
) -> dict[str, NDArray[Any]]:
    batch, most = len(samples), max(len(slots) for slots in kept)
    mask = np.zeros((batch, most), dtype=bool)
    rows = np.zeros((batch, most), dtype=np.int64)
    locations = np.zeros((batch, most, 6), dtype=np.float32)
    for number, (sample, slots) in enumerate(zip(samples, kept, strict=True)):
        mask[number, : len(slots)] = True
        rows[number, : len(slots)] = np.asarray(sample.object_rows)[slots]
        locations[number, : len(slots)] = np.asarray(sample.object_locations)[slots]
    poses = {
        "agent_position": np.asarray([each.agent_position for each in samples], dtype=np.float32),
        "agent_rotation": np.asarray([each.agent_rotation for each in samples], dtype=np.float32),
    }
    for name, values in {"object_boxes": locations, **poses}.items():
        if not (np.abs(values) <= FARTHEST_M).all():  # nor is NaN
            raise InputError(f"{name}: holds numbers that are not finite or beyond {FARTHEST_M:g}")
    lengths = np.linalg.norm(poses["agent_rotation"], axis=-1)
    wrong = lengths[np.abs(lengths - 1) > 0.01]
    if len(wrong):
        raise InputError(f"agent_rotation: found a quaternion of length {wrong[0]:.3g}, expected 1")
    chosen = np.zeros((0, 0, 6), dtype=np.float32)
    if clouds is not None:
        distinct, rows[mask] = np.unique(rows[mask], return_inverse=True)
        chosen = np.asarray(clouds[distinct], dtype=np.float32)
    return {
        "clouds": chosen,
        "object_index": rows,
        "object_mask": mask,
        "locations": locations,
        **poses,
        "y_up": np.array([each.up_axis == "y" for each in samples]),
    }


def _collate_text(
    samples: Sequence[LeoSample], sequences: Sequence[NDArray[np.int64]], builder: SequenceBuilder
) -> dict[str, NDArray[Any]]:
    stands = [builder.positions(sequence) for sequence in sequences]
    prefix = min(common_prefix(sequences), *(without_gap(each) for each in stands))
    given = [np.asarray(each.answer_ids[:-1], dtype=np.int64) for each in samples]
    suffixes = [np.concatenate([sequence[prefix:], answer]) for sequence, answer in zip(sequences, given, strict=True)]
    batch, longest = len(samples), max(len(each) for each in suffixes)
    answers = max(each.answer_length for each in samples)
    tokens, positions = np.zeros((2, batch, longest), dtype=np.int64)
    lengths = np.array([len(each) for each in suffixes])
    answer_ids = np.zeros((batch, answers), dtype=np.int64)
    allowed = np.zeros((batch, answers, NUM_ACTION_TOKENS), dtype=bool)
    goals = [list(each.goal_ids[:MAX_GOAL_TOKENS]) for each in samples]
    goal_ids = np.full((batch, max(len(goal) for goal in goals)), -1, dtype=np.int64)
    for number, (sample, suffix) in enumerate(zip(samples, suffixes, strict=True)):
        _check_answer(sample)
        tokens[number, : len(suffix)] = suffix
        known = stands[number][prefix:]
        positions[number] = known[-1] + 1 + np.arange(longest) - len(known)
        positions[number, : len(known)] = known
        goal_ids[number, : len(goals[number])] = goals[number]
        answer_ids[number, : len(sample.answer_ids)] = sample.answer_ids
        allowed[number, : sample.action_mask.length] = sample.action_mask.allowed
    start = np.array([len(sequence) - prefix - 1 for sequence in sequences])
    answer_mask = np.arange(answers) < np.array([each.answer_length for each in samples])[:, None]
    return {
        "prefix_ids": sequences[0][:prefix],
        "tokens": tokens,
        "positions": positions,
        "token_mask": np.arange(longest) < lengths[:, None],
        "lengths": lengths,
        "goal_ids": goal_ids,
        "answer_positions": np.minimum(start[:, None] + np.arange(answers), lengths[:, None] - 1),
        "answer_ids": answer_ids,
        "answer_mask": answer_mask,
        "allowed": allowed,
        "is_text": np.array([each.is_text for each in samples]),
    }


def _check_answer(sample: LeoSample) -> None:
    if not sample.is_text and len(sample.answer_ids) not in (0, sample.action_mask.length):
        raise InputError(f"answer of {len(sample.answer_ids)} ids, but the action mask has {sample.action_mask.length}")
