"""Mirroring of navigation samples: a house and its mirror image are equally likely, so one house teaches two.

Everything is reflected in the plane x = 0 of the world: positions, the agent's heading, the image, the turns.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from policies.leo.action_tokens import NAVIGATION_ACTIONS
from policies.leo.batch import LeoSample
from policies.leo.tokenizer import LeoTokenizer

_SWAPPED = {"turn_left": "turn_right", "turn_right": "turn_left"}


def mirror_clouds(points: np.ndarray) -> np.ndarray:
    """(C, P, 6) clouds, x to -x."""
    mirrored = points.copy()
    mirrored[..., 0] *= -1
    return mirrored


def mirror_rotation(rotation: np.ndarray) -> np.ndarray:
    """(4,) quaternion x, y, z, w of the reflected frame: rotation axes are pseudo-vectors."""
    return rotation * np.array([1, -1, -1, 1], dtype=rotation.dtype)


class Mirror:
    """Reflects samples; `row_offset` is where the mirrored clouds stand behind the plain ones in the cloud table."""

    def __init__(self, tokenizer: LeoTokenizer, row_offset: int) -> None:
        self._row_offset = row_offset
        self._swap = {
            tokenizer.action_id(NAVIGATION_ACTIONS.index(name)): tokenizer.action_id(NAVIGATION_ACTIONS.index(other))
            for name, other in _SWAPPED.items()
        }

    def __call__(self, sample: LeoSample) -> LeoSample:
        boxes = sample.object_boxes.copy()
        boxes[:, 0] *= -1
        return dataclasses.replace(
            sample,
            object_rows=np.where(sample.object_rows >= 0, sample.object_rows + self._row_offset, -1),
            object_boxes=boxes,
            agent_position=sample.agent_position * np.array([-1, 1, 1], dtype=sample.agent_position.dtype),
            agent_rotation=mirror_rotation(sample.agent_rotation),
            image=None if sample.image is None else sample.image[:, ::-1],
            prompt_ids=self._swapped(sample.prompt_ids),
            answer_ids=self._swapped(sample.answer_ids),
        )

    def _swapped(self, ids: Sequence[int]) -> list[int]:
        return [self._swap.get(int(each), int(each)) for each in ids]
