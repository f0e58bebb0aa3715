"""What a shape is: a mesh to look at, simple parts to collide with, a footprint to place it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from leo_agent.envs.geometry import IDENTITY_ROTATION, Quaternion, Vector
from leo_agent.envs.rendering import Texture
from numpy.typing import NDArray

MAX_PARTS = 16  # PyBullet silently drops the parts of a compound shape beyond these


@dataclass(frozen=True)
class CollisionPart:
    """A box (three half extents), upright cylinder (radius, length) or sphere (radius) in the object's frame."""

    kind: str
    size: tuple[float, ...]
    position: Vector = (0.0, 0.0, 0.0)
    rotation: Quaternion = IDENTITY_ROTATION


@dataclass(frozen=True, eq=False)
class Shape:
    """A rigid shape; the origin of its frame is its centre of mass, half way up its bounding box.

    vertices (V, 3) float32 metres, faces (F, 3) int32; footprint (K, 2) float64, convex, counter-clockwise, metres;
    `size` is the bounding box's, metres; `placement_size` the one CLIPort keeps free around it, metres. It collides as
    its `parts`, or as the convex `hull` (H, 3) of points in metres; with neither, nothing touches it. `colors` (F, 3)
    uint8 are its own; without them it has the colour of the body. texcoords (F, 3, 2) and `texture` as in the
    renderer's `Mesh`. `grasp` is the point of its frame that the suction cup should touch, the middle of its top
    if None. `recipe` is what `make_shape` makes it anew from.
    """

    name: str
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    parts: tuple[CollisionPart, ...]
    footprint: NDArray[np.float64]
    size: Vector
    placement_size: tuple[float, float]
    hull: NDArray[np.float64] | None = None
    colors: NDArray[np.uint8] | None = None
    texcoords: NDArray[np.float32] | None = None
    texture: Texture | None = None
    grasp: Vector | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.parts) > MAX_PARTS:
            raise ValueError(
                f"shape {self.name}: found {len(self.parts)} collision parts, expected at most {MAX_PARTS}"
            )
