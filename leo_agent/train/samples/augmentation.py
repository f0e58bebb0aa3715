"""Mirroring and turning of navigation samples: a house, its mirror image and its quarter turns are equally likely.

Everything is moved together, in copies: clouds, locations, the agent's pose; a mirror image has picture and turns
swapped, too. What a dataset holds is never written to. A cloud is moved when a batch asks for it: its row number says
how, in the bits above those that a table's rows need.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from leo_agent.policies.leo.batches.batch import LeoSample
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

_POSE_SHIFT = 40  # bits of a row number in the table; above them stand its quarter turns (2 bits) and mirroring
_TABLE_ROW = (1 << _POSE_SHIFT) - 1
_QUARTER_TURNS, _MIRRORED = 3, 4
NUM_POSES = 8
_HALF = np.sqrt(0.5)
_HALF_ANGLES = ((0.0, 1.0), (_HALF, _HALF), (1.0, 0.0), (-_HALF, _HALF))  # sine and cosine for 0 to 3 quarter turns


class MovableClouds:
    """Prepared clouds (T, P, 6), x right, y forward, z up, of which rows may also name a moved copy; none is kept."""

    def __init__(self, clouds: np.ndarray) -> None:
        self._clouds = clouds

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        """(n, P, 6) copies of those rows, mirrored at x = 0 and then turned about z as they say."""
        pose, row = pose_and_row(rows)
        clouds: np.ndarray = np.array(self._clouds[row])
        clouds[pose & _MIRRORED != 0, :, 0] *= -1
        clouds[pose & 2 != 0, :, :2] *= -1  # half a turn
        quarter = pose & 1 != 0
        clouds[quarter, :, :2] = clouds[quarter, :, 1::-1] * np.array([-1, 1], clouds.dtype)
        return clouds


def mirror_rotation(rotation: np.ndarray) -> np.ndarray:
    """(4,) quaternion x, y, z, w of the reflected frame: rotation axes are pseudo-vectors."""
    mirrored: np.ndarray = rotation * np.array([1, -1, -1, 1], dtype=rotation.dtype)
    return mirrored


def turn(sample: LeoSample, quarter_turns: int) -> LeoSample:
    """The sample in a world turned by 90 degrees so many times about the vertical axis (+y) through its origin.

    Boxes stay aligned with the axes, so this is exact. Four turns are none; the agent's quaternion may then have the
    opposite sign, which is the same rotation. What the agent sees, is asked for and should do does not change.

    A model that sees poses in the agent's frame (`spatial.frame == "agent"`) is given the very same ones: for it
    only the clouds change, which are seen along the world's axes.

    This is LEO's augmentation. There it turned the clouds that were kept, anew at every draw, and left the agent's
    pose as it was.
    """
    locations = sample.object_locations.copy()
    for start in (0, 3):
        locations[:, start : start + 3] = _turned(sample.object_locations[:, start : start + 3], quarter_turns)
    locations[:, 3:] = np.abs(locations[:, 3:])
    pose = sample.object_rows >> _POSE_SHIFT
    return dataclasses.replace(
        sample,
        object_rows=posed(sample.object_rows, pose & _MIRRORED | pose + quarter_turns & _QUARTER_TURNS),
        object_locations=locations,
        agent_position=_turned(sample.agent_position, quarter_turns),
        agent_rotation=_turned_rotation(sample.agent_rotation, quarter_turns),
    )


class Mirror:
    """Reflects samples in the plane x = 0 of the world: positions, heading, image, and turns in prompt and answer.

    Args:
        tokenizer: of the model.
        swaps: action indices that a mirror image swaps, see `LeoEmbodiment.mirror_swaps`.
    """

    def __init__(self, tokenizer: LeoTokenizer, swaps: Mapping[int, int]) -> None:
        self._swap = {tokenizer.action_id(index): tokenizer.action_id(other) for index, other in swaps.items()}

    def __call__(self, sample: LeoSample) -> LeoSample:
        """The mirror image of a sample; the sample itself stays as it is."""
        locations = sample.object_locations.copy()
        locations[:, 0] *= -1
        pose = sample.object_rows >> _POSE_SHIFT
        return dataclasses.replace(
            sample,
            object_rows=posed(
                sample.object_rows, ~pose & _MIRRORED | -pose & _QUARTER_TURNS
            ),  # left turns become right
            object_locations=locations,
            agent_position=sample.agent_position * np.array([-1, 1, 1], dtype=sample.agent_position.dtype),
            agent_rotation=mirror_rotation(sample.agent_rotation),
            image=None if sample.image is None else sample.image[:, ::-1],
            image_features=None if sample.image_features is None else sample.image_features[::-1],
            prompt_ids=self._swapped(sample.prompt_ids),
            answer_ids=self._swapped(sample.answer_ids),
        )

    def _swapped(self, ids: Sequence[int]) -> list[int]:
        return [self._swap.get(int(each), int(each)) for each in ids]


def pose_and_row(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How rows of a table of clouds are moved, 0 to NUM_POSES - 1, and which they are."""
    return rows >> _POSE_SHIFT, rows & _TABLE_ROW


def posed(rows: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """The same rows of the table in another pose; -1 stays an empty slot."""
    return np.where(rows >= 0, (rows & _TABLE_ROW) | pose << _POSE_SHIFT, -1)


def _turned(vectors: np.ndarray, quarter_turns: int) -> np.ndarray:
    """(..., 3) vectors, y up, turned counter-clockwise as seen from above."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    turned = ((x, z), (z, -x), (-x, -z), (-z, x))[quarter_turns % 4]
    return np.stack([turned[0], y, turned[1]], axis=-1)


def _turned_rotation(rotation: np.ndarray, quarter_turns: int) -> np.ndarray:
    """(4,) quaternion x, y, z, w: the turn about +y, after the rotation."""
    x, y, z, w = rotation.astype(np.float64)
    sine, cosine = _HALF_ANGLES[quarter_turns % 4]
    turned = [cosine * x + sine * z, cosine * y + sine * w, cosine * z - sine * x, cosine * w - sine * y]
    return np.array(turned).astype(rotation.dtype)
