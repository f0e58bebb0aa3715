"""A scene before anything moved: its objects, its goals and its words, and the table that a task fills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import Shape
from leo_agent.envs.procedural.objects.palette import PALETTE
from leo_agent.envs.tabletop.goals import Goal
from leo_agent.envs.tabletop.layout.placement import Footprint, find_place
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

TOOL_NAMES = ("suction", "spatula")
CONTACT_MARGIN_M = 0.02  # Bullet's own


class NoRoomError(InputError):
    """The objects of a scene did not fit on the table."""


@dataclass(frozen=True)
class Body:
    """One object of a scene."""

    object_id: int  # its place in the layout plus one; 0 is the background
    shape: Shape
    color: str | None  # a name of the palette, None for a shape that has colours of its own
    pose: Pose
    mass_kg: float
    fixed: bool = False
    friction: float = 1.0
    rolling_friction: float = 0.0

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour of what has none of its own; white leaves a texture as it is."""
        return (255, 255, 255) if self.color is None else PALETTE[self.color]

    @property
    def category(self) -> str:
        """What language calls it."""
        return self.shape.name if self.color is None else f"{self.color} {self.shape.name}"

    @property
    def face_colors(self) -> NDArray[np.uint8]:
        """(F, 3) uint8 one a face of its shape."""
        own = self.shape.colors
        return np.tile(np.array(self.rgb, np.uint8), (len(self.shape.faces), 1)) if own is None else own


@dataclass(frozen=True)
class Layout:
    """A scene before anything moved, with what is asked of it and what with."""

    bodies: tuple[Body, ...]
    goals: tuple[Goal, ...]
    instructions: tuple[str, ...]  # one a goal
    completed_instruction: str  # shown when no goal is left
    max_steps: int
    tool: str = "suction"  # which picks and places, or "spatula", which pushes
    # Contacts are kept up to this distance, and bodies nearer than twice it share an island: they wake and sleep
    # together. A small margin keeps the rest of a pile asleep, Bullet's own keeps hulls of many faces from rolling.
    contact_margin_m: float = CONTACT_MARGIN_M

    def instruction(self, goals_reached: int) -> str:
        return (*self.instructions, self.completed_instruction)[min(goals_reached, len(self.goals))]


class Table:
    """The empty workspace on which a task puts its objects one after the other, never overlapping."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: list[Footprint] = []
        self.bodies: list[Body] = []

    def put(
        self,
        shape: Shape,
        color: str | None,
        mass_kg: float,
        fixed: bool = False,
        friction: float = 1.0,
        rolling_friction: float = 0.0,
    ) -> Body:
        """Puts an object at a free place with a random yaw, resting on the table.

        Raises:
            NoRoomError: no place was free.
        """
        place = find_place(self._rng, shape.footprint, shape.placement_size, self._taken)
        if place is None:
            raise NoRoomError(f"no room for a {shape.name} beside {len(self.bodies)} objects")
        x, y, yaw_rad = place.x, place.y, place.yaw_rad
        pose = Pose((x, y, TABLE_TOP_M + shape.size[2] / 2), quaternion_from_yaw(yaw_rad))
        self._taken.append(place.footprint)
        return self.add(shape, color, pose, mass_kg, fixed, friction, rolling_friction)

    def add(
        self,
        shape: Shape,
        color: str | None,
        pose: Pose,
        mass_kg: float,
        fixed: bool = False,
        friction: float = 1.0,
        rolling_friction: float = 0.0,
    ) -> Body:
        """Add an object at a pose, wherever the others are."""
        body = Body(len(self.bodies) + 1, shape, color, pose, mass_kg, fixed, friction, rolling_friction)
        self.bodies.append(body)
        return body
