"""Rendered views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.camera import Intrinsics


@dataclass(frozen=True)
class Frame:
    """One rendered view; the arrays belong to the caller."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    depth: NDArray[np.float32]  # (H, W) metres along the optical axis, 0 = nothing hit
    segmentation: NDArray[np.int32]  # (H, W) ids, 0 = background


@dataclass(frozen=True)
class Frames:
    """A batch of views: the arrays of `Frame` with a leading axis B."""

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    segmentation: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.depth)

    def __getitem__(self, index: int) -> Frame:
        return Frame(self.image[index], self.depth[index], self.segmentation[index])


def empty_frames(count: int, intrinsics: Intrinsics) -> Frames:
    """Arrays for `count` views, not filled in."""
    shape = (count, intrinsics.height, intrinsics.width)
    return Frames(np.empty((*shape, 3), np.uint8), np.empty(shape, np.float32), np.empty(shape, np.int32))
