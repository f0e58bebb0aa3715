"""Flat figures to cut pieces from: what they look like from above and what they collide as, in millimetres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import quaternion_from_yaw
from leo_agent.envs.procedural.objects.meshes.primitives import MeshArrays, joined_meshes, prism_mesh
from leo_agent.envs.procedural.objects.shape import CollisionPart

Outline = NDArray[np.float64]  # (K, 2) counter-clockwise
MM = 0.001


@dataclass(frozen=True)
class Bar:
    """A rectangle: centre, half extents, yaw."""

    x: float
    y: float
    half_x: float
    half_y: float
    yaw_rad: float = 0.0


@dataclass(frozen=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, eq=False)
class Figure:
    """A flat figure: what is seen of it, and what it collides as."""

    outlines: tuple[Outline, ...]  # polygons that together make the figure
    solids: tuple[Bar | Disc, ...] = ()  # what it collides as; without any it is convex and collides as its own hull
    hole: Outline | None = None  # of its one outline
    grasp: tuple[float, float] = (0.0, 0.0)  # a point in its inside

    def mesh(self, half_height_m: float) -> MeshArrays:
        """The figure as a prism about z = 0, metres."""
        hole = None if self.hole is None else self.hole * MM
        return joined_meshes([prism_mesh(outline * MM, half_height_m, hole) for outline in self.outlines])

    def parts(self, half_height_m: float) -> tuple[CollisionPart, ...]:
        """What the prism collides as, metres."""
        return tuple(_part(solid, half_height_m) for solid in self.solids)


def _part(solid: Bar | Disc, half_height_m: float) -> CollisionPart:
    position = (solid.x * MM, solid.y * MM, 0.0)
    if isinstance(solid, Disc):
        return CollisionPart("cylinder", (solid.radius * MM, 2 * half_height_m), position)
    half = (solid.half_x * MM, solid.half_y * MM, half_height_m)
    return CollisionPart("box", half, position, quaternion_from_yaw(solid.yaw_rad))


def polygon(points: Sequence[tuple[float, float]]) -> Figure:
    """A convex figure of these corners."""
    return Figure((np.array(points, np.float64),))


def regular_polygon(corners: int, radius: float) -> Outline:
    """Corners at equal angles, the first straight up (+y)."""
    return arc((0.0, 0.0), radius, math.pi / 2, math.pi / 2 + 2 * math.pi, corners + 1)[:-1]


def arc(center: tuple[float, float], radius: float, start_rad: float, end_rad: float, count: int) -> Outline:
    """`count` points on a circle from one angle to another, both included."""
    angles = np.linspace(start_rad, end_rad, count)
    return np.asarray(center) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def ring(inner_radius: float, outer_radius: float, segments: int = 48, parts: int = 12) -> Figure:
    """A disc with a round hole; it collides as a wreath of `parts` boxes.

    Each box overlaps its neighbours only: where others graze, rings on top of each other would hook together.
    """
    half_width = (outer_radius - inner_radius) / 2
    middle = inner_radius + half_width
    half_length = min(outer_radius * math.tan(math.pi / parts), 0.9 * inner_radius * math.tan(2 * math.pi / parts))
    turns = [2 * math.pi * k / parts for k in range(parts)]
    bars = tuple(Bar(middle * math.cos(turn), middle * math.sin(turn), half_width, half_length, turn) for turn in turns)
    outer, inner = (regular_polygon(segments, radius) for radius in (outer_radius, inner_radius))
    return Figure((outer,), bars, inner, grasp=(middle, 0.0))


def star(points: int, outer_radius: float, inner_radius: float) -> Figure:
    """A star with its first point up; each point collides as two boxes, the outer one narrower."""
    angles = math.pi / 2 + math.pi / points * np.arange(2 * points)
    radii = np.where(np.arange(2 * points) % 2 == 0, outer_radius, inner_radius)
    outline = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    solids: list[Bar | Disc] = [Disc(0, 0, 0.9 * inner_radius)]
    for angle in angles[::2]:
        for start, end, half_width in ((0.2, 0.6, 0.16), (0.6, 0.8, 0.08)):
            middle, half_length = (start + end) / 2 * outer_radius, (end - start) / 2 * outer_radius
            x, y = middle * math.cos(angle), middle * math.sin(angle)
            solids.append(Bar(x, y, half_length, half_width * outer_radius, float(angle)))
    return Figure((outline,), tuple(solids))


def flower(petal_radius: float, petal_distance: float) -> Figure:
    """Four round petals about the origin."""
    reach = petal_distance / math.sqrt(2)
    half_arc_rad = 3 * math.pi / 4 - math.acos(reach / petal_radius)  # to where two petals meet
    petals, solids = [], []
    for turn in (0, math.pi / 2, math.pi, 3 * math.pi / 2):
        x, y = petal_distance * math.cos(turn), petal_distance * math.sin(turn)
        petals.append(arc((x, y), petal_radius, turn - half_arc_rad, turn + half_arc_rad, 15)[:-1])
        solids.append(Disc(x, y, petal_radius))
    return Figure((np.concatenate(petals),), (*solids, Disc(0, 0, reach)))


def heart(side: float, shift: float) -> Figure:
    """A square on its corner with two half discs on its upper sides, moved up by `shift`."""
    lobe = side / math.sqrt(8)
    right = arc((lobe, lobe + shift), side / 2, -math.pi / 4, 3 * math.pi / 4, 17)[:-1]
    left = arc((-lobe, lobe + shift), side / 2, math.pi / 4, 5 * math.pi / 4, 17)
    outline = np.concatenate([[(0.0, shift - 2 * lobe)], right, left])
    lobes = (Disc(lobe, lobe + shift, side / 2), Disc(-lobe, lobe + shift, side / 2))
    return Figure((outline,), (*lobes, Bar(0, shift, side / 2, side / 2, math.pi / 4)))


def strokes(*pieces: tuple[float, float, float, float, float], grasp: tuple[float, float] = (0.0, 0.0)) -> Figure:
    """A letter of straight strokes (x0, y0, x1, y1, width) from low to high y; `width` is measured along x.

    Their ends are level, so slanted strokes are parallelograms.
    """
    outlines, bars = [], []
    for x0, y0, x1, y1, width in pieces:
        half = width / 2
        outlines.append(np.array([(x0 - half, y0), (x0 + half, y0), (x1 + half, y1), (x1 - half, y1)]))
        length = math.hypot(x1 - x0, y1 - y0)
        across = half * (y1 - y0) / length
        blunted = abs(x1 - x0) / length * half
        half_length = length / 2 - blunted
        bars.append(Bar((x0 + x1) / 2, (y0 + y1) / 2, half_length, across, math.atan2(y1 - y0, x1 - x0)))
    return Figure(tuple(outlines), tuple(bars), grasp=grasp)
