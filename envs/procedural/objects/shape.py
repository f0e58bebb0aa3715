"""What a shape is: a mesh to look at, simple parts to collide with, a footprint to place it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import IDENTITY_ROTATION, Quaternion, Vector
from leo_agent.envs.rendering import Texture

MAX_PARTS = 16  # PyBullet silently drops the parts of a compound shape beyond these


@dataclass(frozen=True)
class CollisionPart:
    """A simple body that an object collides as, in the object's frame."""

    kind: str  # "box", "cylinder" (upright) or "sphere"
    size: tuple[float, ...]  # three half extents, radius and length, or radius; metres
    position: Vector = (0.0, 0.0, 0.0)
    rotation: Quaternion = IDENTITY_ROTATION


@dataclass(frozen=True, eq=False)
class Shape:
    """A rigid shape; the origin of its frame is its centre of mass, half way up its bounding box.

    It collides as its parts or as its hull; with neither, nothing touches it.
    """

    name: str  # what language calls it, without a colour
    vertices: NDArray[np.float32]  # (V, 3), metres
    faces: NDArray[np.int32]  # (F, 3), outward
    parts: tuple[CollisionPart, ...]
    footprint: NDArray[np.float64]  # (K, 2), seen from above: convex, counter-clockwise, metres
    size: Vector  # of the bounding box, metres
    placement_size: tuple[float, float]  # what CLIPort keeps free around it, metres
    hull: NDArray[np.float64] | None = None  # (H, 3) points, metres
    colors: NDArray[np.uint8] | None = None  # (F, 3) of its own; without them it has the colour of the body
    texcoords: NDArray[np.float32] | None = None  # (F, 3, 2), as in the renderer's `Mesh`
    texture: Texture | None = None
    grasp: Vector | None = None  # what the suction cup should touch, in its frame; None: the middle of its top
    recipe: Mapping[str, Any] = field(default_factory=dict)  # what `make_shape` makes it anew from

    def __post_init__(self) -> None:
        if len(self.parts) > MAX_PARTS:
            raise ValueError(
                f"shape {self.name}: found {len(self.parts)} collision parts, expected at most {MAX_PARTS}"
            )
