"""A room while it is being furnished: what stands where, and what may still be put in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.houses.furniture import Furniture
from leo_agent.envs.procedural.houses.placement.arrangement import Arrangement, Piece, turned_box
from leo_agent.envs.procedural.houses.placement.walking import WalkGrid
from leo_agent.envs.procedural.houses.plan import FloorPlan, Rect, Room, Wall, walls_of
from leo_agent.envs.procedural.houses.shapes import Model, Top

_SLACK_M = 0.004  # things may touch
_DOOR_FREE_M, _PASSAGE_FREE_M, _WINDOW_FREE_M = 0.80, 0.65, 0.22
_STEP_M = 0.05
_TOP_LIMIT_M = 1.4  # nothing is put on what is higher
_ACCESS_M = 0.60  # an agent must be able to stand within so much of a piece's front
_MOST_WAY_CHECKS = 12


@dataclass(frozen=True, eq=False)
class PlacedPiece:
    """A piece of furniture in a house."""

    name: str  # its kind
    category: str  # in Matterport3D's terms
    model: Model  # world frame
    room: str  # name of the room


@dataclass(frozen=True)
class Spot:
    """Where an arrangement was put."""

    at: tuple[float, float]  # world (x, z) of its origin
    yaw: float  # radians
    wall: Wall | None = None  # behind it, if any
    along: float = 0.0  # place along that wall, as in `Wall.point`


class RoomSpace:
    """Places furniture in one room; methods answer None or False where nothing fits.

    Args:
        plan: the floor plan.
        room: the room of it.
        rng: what all methods draw from.
    """

    def __init__(self, plan: FloorPlan, room: Room, rng: np.random.Generator) -> None:
        self.room = room
        self.height = plan.height
        self.walls = walls_of(plan, room)
        self.rng = rng
        self.placed: list[PlacedPiece] = []
        self.loose: list[Model] = []  # rugs and the like, no objects of their own
        self._tops: list[Top] = []
        self._solids = np.zeros((0, 2, 3))
        self._keep_free = self._door_and_window_zones()
        self._access: list[Rect] = []
        doors = [
            wall.point((hole.start + hole.end) / 2.0, 0.4)
            for wall in self.walls
            for hole in wall.holes
            if hole.opening.kind in ("door", "passage")
        ]
        self._grid = WalkGrid(room.rect, doors)

    def _door_and_window_zones(self) -> NDArray[np.float64]:
        """Boxes (K, 2, 3) before doors and windows where nothing may stand."""
        zones = []
        depths = {"window": _WINDOW_FREE_M, "passage": _PASSAGE_FREE_M}
        for wall in self.walls:
            for hole in wall.holes:
                opening = hole.opening
                rect = wall.rect(hole.start, hole.end, depths.get(opening.kind, _DOOR_FREE_M))
                zones.append([(rect.x0, opening.bottom, rect.z0), (rect.x1, opening.top, rect.z1)])
        return np.array(zones).reshape(-1, 2, 3)

    def at_wall(
        self,
        arrangement: Arrangement,
        prefer: Callable[[Wall, float], float] | None = None,
        gap: float = 0.0,
        reach: bool = True,
        walls: Sequence[Wall] | None = None,
    ) -> Spot | None:
        """Puts an arrangement with its back to a wall.

        Args:
            arrangement: what to put there.
            prefer: cost of a place `along` a wall; of all where the arrangement fits the cheapest is taken. None: any.
            gap: distance from the wall, metres.
            reach: whether an agent must be able to stand before it.
            walls: the walls to choose from; all by default.
        """
        # Every place along the walls, the cheapest first; the number keeps the order of equal ones.
        boxes = arrangement.boxes()
        low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
        places: list[tuple[float, int, Wall, float]] = []
        for wall in self.walls if walls is None else walls:
            for along in np.arange(-wall.length / 2.0 - low[0], wall.length / 2.0 - high[0] + 1e-6, _STEP_M):
                score = self.rng.random() if prefer is None else prefer(wall, float(along)) + 0.02 * self.rng.random()
                places.append((score, len(places), wall, float(along)))
        # The first that neither touches anything nor blocks a way; ways are costly to find, so not looked for often.
        tries = 0
        for _, _, wall, along in sorted(places, key=lambda place: place[:2]):
            spot = Spot(wall.point(along, gap), wall.yaw, wall, along)
            front = wall.rect(along + low[0], along + high[0], gap + high[2] + _ACCESS_M) if reach else None
            placed_boxes = _moved(boxes, spot)
            if not self._fits(placed_boxes):
                continue
            tries += 1
            if self._stays_walkable(placed_boxes, front):
                self._put(arrangement, spot, placed_boxes, front)
                return spot
            if tries > _MOST_WAY_CHECKS:
                break
        return None

    def at_spot(self, arrangement: Arrangement, spots: Iterable[Spot], reach: bool = False) -> Spot | None:
        """Puts an arrangement at the first of some spots where it fits, `reach` as in `at_wall` but on any side."""
        boxes = arrangement.boxes()
        for spot in spots:
            placed_boxes = _moved(boxes, spot)
            if not self._fits(placed_boxes):
                continue
            around = None
            if reach:
                low, high = placed_boxes[:, 0].min(axis=0), placed_boxes[:, 1].max(axis=0)
                around = Rect(low[0], low[2], high[0], high[2]).grown(_ACCESS_M)
            if self._stays_walkable(placed_boxes, around):
                self._put(arrangement, spot, placed_boxes, around)
                return spot
        return None

    def in_middle(self, arrangement: Arrangement, yaws: Sequence[float] = (0.0, math.pi / 2.0)) -> Spot | None:
        """Puts an arrangement freely on the floor, as near to the middle of the free floor as it fits."""
        (cx, cz), rect = self.room.rect.center, self.room.rect
        spots: list[tuple[float, int, Spot]] = []
        for x in np.arange(rect.x0 + 0.3, rect.x1 - 0.3, 0.15):
            for z in np.arange(rect.z0 + 0.3, rect.z1 - 0.3, 0.15):
                away = math.hypot(x - cx, z - cz) + 0.3 * self.rng.random()
                spots += [(away, len(spots), Spot((float(x), float(z)), yaw)) for yaw in yaws]
        return self.at_spot(arrangement, [spot for _, _, spot in sorted(spots, key=lambda item: item[:2])], reach=True)

    def hang(
        self,
        furniture: Furniture,
        y: float,
        prefer: Callable[[Wall, float], float] | None = None,
        walls: Sequence[Wall] | None = None,
    ) -> Spot | None:
        """Hangs something on a wall, its own origin `y` above the floor."""
        return self.at_wall(Arrangement((Piece(furniture, (0.0, y, 0.0)),)), prefer, reach=False, walls=walls)

    def on_top(self, furniture: Furniture, at_least_y: float = 0.0) -> bool:
        """Stands something on a free place, at least so high, of furniture already here; its back roughly to a wall."""
        rng = self.rng
        width, _, depth = furniture.model.size
        for index in rng.permutation(len(self._tops)):
            top = self._tops[index]
            if not at_least_y <= top.y <= _TOP_LIMIT_M or top.x[1] - top.x[0] < width or top.z[1] - top.z[0] < depth:
                continue
            for _ in range(6):
                yaw = self._facing(top) + rng.uniform(-0.3, 0.3)
                box = turned_box(furniture.model.bounds, (0.0, 0.0, 0.0), yaw)
                x = rng.uniform(top.x[0], top.x[1]) - (box[0, 0] + box[1, 0]) / 2.0
                z = rng.uniform(top.z[0], top.z[1]) - (box[0, 2] + box[1, 2]) / 2.0
                arrangement = Arrangement((Piece(furniture, (0.0, top.y, 0.0)),))
                inside = top.x[0] - 0.05 <= box[0, 0] + x and box[1, 0] + x <= top.x[1] + 0.05
                inside = inside and top.z[0] - 0.05 <= box[0, 2] + z and box[1, 2] + z <= top.z[1] + 0.05
                if inside and self.at_spot(arrangement, [Spot((x, z), yaw)]):
                    return True
        return False

    def lay(self, model: Model, at: tuple[float, float], yaw: float) -> None:
        """Lays something flat on the floor that is no object, such as a rug."""
        self.loose.append(model.placed((at[0], 0.0, at[1]), yaw))

    def fit(self, furniture: Furniture, at: tuple[float, float, float], yaw: float) -> None:
        """Puts something exactly there, without a check: what belongs into a hole of a wall."""
        self._add(furniture, furniture.model.placed(at, yaw))

    def at_window(self, furniture: Furniture, spot: Spot) -> bool:
        """Puts something before a window, where other things must not be."""
        kept, self._keep_free = self._keep_free, self._keep_free[:0]
        found = self.at_spot(Arrangement((Piece(furniture),)), [spot])
        self._keep_free = kept
        return found is not None

    def hang_from_ceiling(self, furniture: Furniture, at: tuple[float, float]) -> None:
        """Hangs a lamp whose origin is at the ceiling."""
        self._add(furniture, furniture.model.placed((at[0], self.height, at[1]), 0.0))

    def _facing(self, top: Top) -> float:
        """The yaw of the wall that a place is nearest to."""
        x, z = (top.x[0] + top.x[1]) / 2.0, (top.z[0] + top.z[1]) / 2.0

        def away(wall: Wall) -> float:
            (mx, mz), nx, nz = wall.middle, math.sin(wall.yaw), math.cos(wall.yaw)
            return (x - mx) * nx + (z - mz) * nz

        return min(self.walls, key=away).yaw

    def _fits(self, boxes: NDArray[np.float64]) -> bool:
        """Whether boxes (K, 2, 3) are inside the room and touch neither solid things nor what must stay free."""
        rect = self.room.rect
        low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
        if not rect.holds(Rect(low[0], low[2], high[0], high[2]), 0.01) or high[1] > self.height + 0.01:
            return False
        others = np.concatenate([self._solids, self._keep_free])
        shared = np.minimum(boxes[:, None, 1], others[None, :, 1]) - np.maximum(boxes[:, None, 0], others[None, :, 0])
        return not (shared > _SLACK_M).all(axis=-1).any()

    def _stays_walkable(self, boxes: NDArray[np.float64], front: Rect | None) -> bool:
        """Whether an agent still gets from door to door, to all that is here, and to `front`."""
        taken = self._grid.blocked([*self._solids, *boxes])
        reached = self._grid.reached(taken)
        if reached is None:
            return False
        fronts = self._access if front is None else [*self._access, front]
        return all(self._grid.near(reached, rect) for rect in fronts)

    def _put(self, arrangement: Arrangement, spot: Spot, boxes: NDArray[np.float64], front: Rect | None) -> None:
        for piece in arrangement.pieces:
            self._add(piece.furniture, piece.model().placed((spot.at[0], 0.0, spot.at[1]), spot.yaw))
        self._solids = np.concatenate([self._solids, boxes])
        if front is not None:
            self._access.append(front)

    def _add(self, furniture: Furniture, model: Model) -> None:
        self.placed.append(PlacedPiece(furniture.name, furniture.category, model, self.room.name))
        self._tops += model.tops


def _moved(boxes: NDArray[np.float64], spot: Spot) -> NDArray[np.float64]:
    return np.stack([turned_box(box, (spot.at[0], 0.0, spot.at[1]), spot.yaw) for box in boxes])
