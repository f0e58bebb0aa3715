"""Parts that many pieces of furniture have: legs, drawer fronts, doors, handles, taps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leo_agent.envs.procedural.houses.shapes import Material, Model, Range, ball, box, leg, panel, rod, tube


def four_legs(
    model: Model, material: Material, x: Range, z: Range, y: Range, width: float, foot: float | None = None
) -> None:
    """Legs under the corners of a rectangle, their outsides flush with it; `foot` is the width at the floor."""
    half = width / 2.0
    for cx in (x[0] + half, x[1] - half):
        for cz in (z[0] + half, z[1] - half):
            leg(model, material, (cx, cz), (cx, cz), y, width, foot)


def splayed_legs(model: Model, material: Material, x: Range, z: Range, y: Range, width: float, splay: float) -> None:
    """Legs under the corners of a rectangle that spread by `splay` metres to the floor, which they stay inside."""
    half = width / 2.0
    for sx, cx in ((-1.0, x[0] + half), (1.0, x[1] - half)):
        for sz, cz in ((-1.0, z[0] + half), (1.0, z[1] - half)):
            head = cx - sx * splay, cz - sz * splay
            leg(model, material, (cx, cz), head, y, width, width * 0.6)


def three_legs(
    model: Model, material: Material, reach: tuple[float, float], y: float, z: float, radius: float, sides: int = 7
) -> None:
    """Round legs about the vertical at x = 0 and z: `reach` away from it on the floor and at the height y."""
    for k in range(3):
        angle = 2.0 * math.pi * k / 3.0
        foot, head = (
            (away * math.sin(angle), level, z + away * math.cos(angle))
            for away, level in zip(reach, (0.0, y), strict=True)
        )
        rod(model, material, foot, head, radius, sides)


def knob(model: Model, material: Material, x: float, y: float, z: float) -> None:
    """A round knob on a front at z."""
    rod(model, material, (x, y, z), (x, y, z + 0.018), 0.007, 5)
    ball(model, material, (x, y, z + 0.024), 0.014)


def bar_handle(
    model: Model, material: Material, start: tuple[float, float], end: tuple[float, float], z: float
) -> None:
    """A bar handle on a front at z, between two points (x, y)."""
    out = z + 0.03
    rod(model, material, (*start, out), (*end, out), 0.006, 5)
    for x, y in (start, end):
        rod(model, material, (x, y, z), (x, y, out), 0.005, 5)


@dataclass(frozen=True)
class Front:
    """The part of a cabinet's front that drawers or doors cover."""

    material: Material
    metal: Material  # of handles and knobs
    x: Range  # metres
    y: Range  # metres
    z: float  # where the body ends, metres


def _gaps(model: Model, front: Front) -> None:
    """What shows between fronts: the dark inside."""
    panel(model, front.material.shaded(0.4), front.x, front.y, front.z + 0.001)


def drawers(model: Model, front: Front, rows: int, columns: int, knobs: bool) -> None:
    """Drawer fronts with gaps between them, and knobs or else bars as handles."""
    _gaps(model, front)
    x, y, z = front.x, front.y, front.z
    width, height = (x[1] - x[0]) / columns, (y[1] - y[0]) / rows
    for row in range(rows):
        for column in range(columns):
            x0, y0 = x[0] + column * width, y[0] + row * height
            inner_x, inner_y = (x0 + 0.006, x0 + width - 0.006), (y0 + 0.006, y0 + height - 0.006)
            box(model, front.material, inner_x, inner_y, (z, z + 0.018), ["back"])
            middle, level, out = x0 + width / 2.0, y0 + height * 0.6, z + 0.018
            if not knobs:
                bar_handle(model, front.metal, (middle - 0.07, level), (middle + 0.07, level), out)
                continue
            for side in (-0.25, 0.25) if width > 0.5 else (0.0,):
                knob(model, front.metal, middle + side * width, level, out)


def doors(model: Model, front: Front, count: int, framed: bool = False) -> None:
    """Cabinet doors side by side; `framed` ones have a sunk panel."""
    _gaps(model, front)
    x, y, z = front.x, front.y, front.z
    width = (x[1] - x[0]) / count
    for i in range(count):
        x0, x1 = x[0] + i * width + 0.004, x[0] + (i + 1) * width - 0.004
        y0, y1 = y[0] + 0.004, y[1] - 0.004
        box(model, front.material, (x0, x1), (y0, y1), (z, z + 0.018), ["back"])
        if framed:
            rim, out = min(0.07, width * 0.2), (z + 0.018, z + 0.028)
            for a, b in ((x0, x0 + rim), (x1 - rim, x1)):
                box(model, front.material.shaded(0.96), (a, b), (y0, y1), out, ["back"])
            for a, b in ((y0, y0 + rim), (y1 - rim, y1)):
                box(model, front.material.shaded(0.96), (x0 + rim, x1 - rim), (a, b), out, ["back"])
        hand = x1 - 0.045 if i % 2 == 0 else x0 + 0.045
        # High cabinets are opened at their lower edge, low ones at their upper.
        level = min(max(y0 + 0.08, 1.05), y1 - 0.2) if y1 - y0 > 0.5 else y0 + 0.05
        bar_handle(model, front.metal, (hand, level), (hand, level + 0.13), z + (0.028 if framed else 0.018))


def tap(model: Model, metal: Material, x: float, y: float, z: float, height: float, reach: float) -> None:
    """A mixer tap with a bent spout towards +z and a lever."""
    bend = [
        (x, y + height * 0.62 + reach * 0.5 * math.sin(a), z + reach * 0.5 * (1.0 - math.cos(a)))
        for a in np.linspace(0.0, math.pi, 6)
    ]
    end = (x, bend[-1][1] - 0.03, bend[-1][2])
    tube(model, metal, [(x, y, z), *bend, end], 0.013)
    rod(model, metal, (x, y, z), (x, y + 0.05, z), 0.024, 8)
    rod(model, metal, (x + 0.02, y + 0.04, z), (x + 0.09, y + 0.075, z), 0.008, 5)
