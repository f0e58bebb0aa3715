"""What a tabletop task is: a function from a random generator to a layout of objects, goals and language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from envs.tabletop.colors import PALETTE
from envs.tabletop.geometry import Pose, quaternion_from_yaw
from envs.tabletop.goals import Goal
from envs.tabletop.placement import Footprint, find_place
from envs.tabletop.shapes import Shape
from envs.tabletop.workspace import TABLE_TOP_M

LAYOUT_ATTEMPTS = 100


class NoRoomError(RuntimeError):
    """The objects of a scene did not fit on the table."""


@dataclass(frozen=True)
class Body:
    """One object of a scene. Its id is its place in the layout plus one; 0 is the background."""

    object_id: int
    shape: Shape
    color: str
    pose: Pose
    mass_kg: float
    fixed: bool = False
    friction: float = 1.0
    rolling_friction: float = 0.0

    @property
    def rgb(self) -> tuple[int, int, int]:
        return PALETTE[self.color]

    @property
    def category(self) -> str:
        return f"{self.color} {self.shape.name}"


@dataclass(frozen=True)
class Layout:
    """A scene before anything moved, with what is asked of it."""

    bodies: tuple[Body, ...]
    goals: tuple[Goal, ...]
    instructions: tuple[str, ...]  # one a goal
    completed_instruction: str  # shown when no goal is left
    max_steps: int

    def instruction(self, goals_reached: int) -> str:
        return (*self.instructions, self.completed_instruction)[min(goals_reached, len(self.goals))]


class Task(Protocol):
    """A task of the registry. `layout` draws everything from `rng`; it raises NoRoomError if the draw does not fit."""

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout: ...


class Table:
    """The empty workspace on which a task puts its objects one after the other, never overlapping."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: list[Footprint] = []
        self.bodies: list[Body] = []

    def put(self, shape: Shape, color: str, mass_kg: float, fixed: bool = False, rolling_friction: float = 0.0) -> Body:
        """Put an object at a free place with a random yaw, resting on the table. Raises NoRoomError."""
        place = find_place(self._rng, shape.footprint, shape.placement_size, self._taken)
        if place is None:
            raise NoRoomError(f"no room for a {shape.name} beside {len(self.bodies)} objects")
        x, y, yaw_rad = place.x, place.y, place.yaw_rad
        pose = Pose((x, y, TABLE_TOP_M + shape.size[2] / 2), quaternion_from_yaw(yaw_rad))
        body = Body(len(self.bodies) + 1, shape, color, pose, mass_kg, fixed, rolling_friction=rolling_friction)
        self._taken.append(place.footprint)
        self.bodies.append(body)
        return body


def sample_layout(task: Task, seed: int, split: str, mode: str) -> Layout:
    """The layout of a seed; a draw that does not fit is drawn again, at most LAYOUT_ATTEMPTS times.

    Raises NoRoomError if none fits, InputError if the split or mode is unknown.
    """
    rng = np.random.default_rng(seed)
    for _ in range(LAYOUT_ATTEMPTS):
        try:
            return task.layout(rng, split, mode)
        except NoRoomError as error:
            last = error
    raise NoRoomError(f"seed {seed}: {last}, {LAYOUT_ATTEMPTS} attempts")
