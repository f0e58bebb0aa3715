"""How habitat-sim's agent walks and turns: its float32 arithmetic, so that recorded walks repeat to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.envs.navmesh.navmesh import NavMesh
from leo_agent.envs.navmesh.steps import COLLISION_SLACK_M2


def walk_forward(
    navmesh: NavMesh, position: ArrayLike, rotation: ArrayLike, distance_m: float = 0.25, slide: bool = False
) -> tuple[np.ndarray, bool]:
    """(new position (3,) float32, collided) after a step along the agent's -Z axis; rotation is x, y, z, w."""
    return navmesh.move(position, ahead(position, rotation, distance_m), slide)


def turn_in_place(
    navmesh: NavMesh, position: ArrayLike, rotation: ArrayLike, angle_deg: float, slide: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """(position (3,) float32, rotation (4,) float32 x, y, z, w) after a turn to the left (positive) or right.

    habitat-sim filters a turn like a step of no length, which puts a position off the mesh back on it.
    """
    return navmesh.move(position, position, slide)[0], turn(rotation, angle_deg)


def filtered_step(
    try_step: Callable[[np.ndarray, np.ndarray], ArrayLike], position: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, bool]:
    """(new position (3,) float32, collided) of a step from `position` to `wanted`, both (3,) float32.

    For callers that have no more of the mesh than `try_step(start, end)`, which returns where a step arrives; the same
    arithmetic as NavMesh.move.
    """
    arrival = np.asarray(try_step(position, wanted), np.float32)
    asked, moved = wanted - position, arrival - position
    asked_m2 = asked[0] * asked[0] + asked[1] * asked[1] + asked[2] * asked[2]
    moved_m2 = moved[0] * moved[0] + moved[1] * moved[1] + moved[2] * moved[2]
    return shifted(wanted, arrival), bool(float(moved_m2) + COLLISION_SLACK_M2 < float(asked_m2))


def shifted(wanted: np.ndarray, arrival: ArrayLike) -> np.ndarray:
    """Where (3,) float32 habitat-sim puts an agent that wanted to `wanted` and arrives at `arrival`, both (3,)."""
    there: np.ndarray = wanted + (np.asarray(arrival, np.float32) - wanted)
    return there


def ahead(position: ArrayLike, rotation: ArrayLike, distance_m: float) -> np.ndarray:
    """The point (3,) float32 distance_m along the agent's -Z axis; rotation is a quaternion x, y, z, w."""
    x, y, z, w = np.asarray(rotation, np.float32)
    two = np.float32(2)
    backward = np.array(
        [two * x * z + two * y * w, two * y * z - two * x * w, 1 - two * x * x - two * y * y], np.float32
    )
    return np.asarray(position, np.float32) + backward * np.float32(-distance_m)


def turn(rotation: ArrayLike, angle_deg: float) -> np.ndarray:
    """The rotation (4,) float32 x, y, z, w after a turn about the agent's own +Y axis; positive turns left."""
    x, y, z, w = np.asarray(rotation, np.float32)
    half_rad = np.float32(np.deg2rad(np.float32(angle_deg))) / np.float32(2)
    sine, cosine = np.float32(np.sin(float(half_rad))), np.float32(np.cos(float(half_rad)))
    turned = np.array(
        [cosine * x - z * sine, w * sine + cosine * y, cosine * z + x * sine, w * cosine - y * sine], np.float32
    )
    x, y, z, w = turned
    unit: np.ndarray = turned / np.sqrt(x * x + y * y + z * z + w * w)  # not @, which may fuse multiply and add
    return unit
