"""Toilets and washbasins.

Sizes: toilets 0.36 to 0.40 m wide, 0.65 to 0.72 m (wall-hung 0.54 m) deep, seat 0.40 to 0.42 m high, cistern to 0.80 m
(EN 997, EN 33); washbasins 0.50 to 0.65 x 0.42 to 0.50 m, rim 0.82 to 0.88 m high (EN 14688, Neufert).
"""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture.parts import Front, doors, tap
from leo_agent.envs.procedural.houses.furniture.registry import furniture
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.shapes import Model, Top, ball, box, lathe, rod, soft_box


def _bowl(model: Model, palette: Palette, z: float, foot: bool) -> None:
    """A toilet bowl with its seat, the middle of the bowl at z; on a foot, or hanging."""
    white = palette.ceramic
    low = [(0.10, 0.0), (0.12, 0.02), (0.095, 0.12)] if foot else [(0.03, 0.12), (0.10, 0.15)]
    profile = [
        *low,
        (0.15, 0.26),
        (0.18, 0.36),
        (0.185, 0.385),
        (0.185, 0.385),
        (0.14, 0.39),
        (0.14, 0.39),
        (0.09, 0.26),
        (0.0, 0.24),
    ]
    lathe(model, white, profile, (0.0, 0.0, z), 14, depth=1.30)
    seat = [(0.14, 0.385), (0.19, 0.385), (0.195, 0.40), (0.185, 0.415), (0.145, 0.41), (0.135, 0.39)]
    lathe(model, white.shaded(0.95), seat, (0.0, 0.0, z), 14, depth=1.30)
    lathe(model, palette.glass, [(0.0, 0.27), (0.095, 0.27)][::-1], (0.0, 0.0, z), 12, depth=1.3)


def _lid(model: Model, palette: Palette, z: float, raised: bool) -> None:
    """The lid: lying on the seat, or standing against the wall behind it."""
    lid = Model()
    lathe(
        lid,
        palette.ceramic.shaded(0.98),
        [(0.0, 0.0), (0.19, 0.0), (0.192, 0.012), (0.18, 0.025), (0.0, 0.028)],
        sides=14,
        depth=1.30,
    )
    if raised:
        model.add(lid, (0.0, 0.66, z - 0.255), pitch=math.pi / 2.0 - 0.12)
    else:
        model.add(lid, (0.0, 0.415, z))


@furniture("toilet", "bath")
def close_coupled_toilet(rng: np.random.Generator, palette: Palette) -> Model:
    """A toilet with its cistern behind the bowl."""
    model, white = Model(), palette.ceramic
    soft_box(model, white, (-0.19, 0.19), (0.40, 0.77), (0.0, 0.17), 0.03)
    soft_box(model, white, (-0.20, 0.20), (0.77, 0.81), (0.0, 0.18), 0.015)
    rod(model, palette.chrome, (0.0, 0.80, 0.09), (0.0, 0.818, 0.09), 0.025, 10)
    soft_box(model, white, (-0.12, 0.12), (0.0, 0.40), (0.02, 0.34), 0.04)
    _bowl(model, palette, 0.42, True)
    _lid(model, palette, 0.42, rng.random() < 0.5)
    return model


@furniture("toilet", "bath")
def wall_hung_toilet(rng: np.random.Generator, palette: Palette) -> Model:
    """A toilet that hangs on a tiled box in front of the wall, with a flush plate."""
    model = Model()
    half = rng.uniform(0.40, 0.50)
    box(model, palette.wall_tile, (-half, half), (0.0, 1.12), (0.0, 0.16))
    box(model, palette.white, (-half - 0.01, half + 0.01), (1.12, 1.14), (0.0, 0.17))
    box(model, palette.chrome, (-0.12, 0.12), (0.92, 1.07), (0.16, 0.172))
    for x in (-0.055, 0.055):
        box(model, palette.white, (x - 0.045, x + 0.045), (0.94, 1.05), (0.172, 0.177))
    soft_box(model, palette.ceramic, (-0.16, 0.16), (0.12, 0.39), (0.15, 0.36), 0.05)
    _bowl(model, palette, 0.45, False)
    _lid(model, palette, 0.45, rng.random() < 0.6)
    model.tops.append(Top((-half + 0.05, half - 0.05), (0.03, 0.15), 1.14))
    return model


@furniture("toilet", "bath")
def high_cistern_toilet(rng: np.random.Generator, palette: Palette) -> Model:
    """An old toilet: cistern high on the wall, a pipe down to the bowl, a chain, a wooden seat."""
    model, white = Model(), palette.ceramic
    soft_box(model, white, (-0.25, 0.25), (1.55, 1.85), (0.0, 0.20), 0.03)
    rod(model, palette.chrome, (0.0, 0.36, 0.06), (0.0, 1.56, 0.06), 0.02)
    rod(model, palette.brass, (0.21, 1.05, 0.12), (0.21, 1.58, 0.12), 0.006, 5)
    ball(model, palette.ceramic, (0.21, 1.02, 0.12), 0.022, 0.04)
    soft_box(model, white, (-0.10, 0.10), (0.0, 0.38), (0.03, 0.30), 0.04)
    _bowl(model, palette, 0.38, True)
    lid = Model()
    lathe(
        lid, palette.dark_wood, [(0.0, 0.0), (0.19, 0.0), (0.19, 0.02), (0.19, 0.02), (0.0, 0.022)], sides=14, depth=1.3
    )
    model.add(lid, (0.0, 0.66, 0.13), pitch=math.pi / 2.0 - 0.1)
    return model


def _basin(model: Model, palette: Palette, z: float, y: float, radius: float) -> None:
    """The hollow of a washbasin, an oval bowl whose rim is at y, with the drain."""
    profile = [(0.0, -0.13), (radius * 0.5, -0.125), (radius * 0.85, -0.07), (radius, 0.0)]
    inside = Model()
    lathe(inside, palette.ceramic.shaded(0.93), profile, sides=16, depth=0.72)
    part = inside.surfaces[0]
    model.add_faces(
        part.material, part.vertices + np.array([0.0, y, z]), part.faces[:, ::-1], part.texcoords, -part.normals
    )
    lathe(model, palette.chrome, [(0.0, 0.006), (0.025, 0.0)][::-1], (0.0, y - 0.13, z), 9)


def _rim(model: Model, palette: Palette, half: float, depth: float, y: float, radius: float, z: float) -> None:
    """The flat top of a washbasin around its oval hollow."""
    steps = 16
    angles = np.linspace(0.0, 2.0 * math.pi, steps + 1)
    inner = np.column_stack([radius * np.sin(angles), np.full(steps + 1, y), z + 0.72 * radius * np.cos(angles)])
    reach = 1.0 / np.maximum(np.abs(np.sin(angles)), np.abs(np.cos(angles)))
    outer = np.column_stack(
        [half * np.sin(angles) * reach, np.full(steps + 1, y), depth / 2.0 + depth / 2.0 * np.cos(angles) * reach]
    )
    vertices = np.concatenate([inner, outer])
    faces = []
    for i in range(steps):
        a, b, c, d = i, i + 1, steps + 2 + i, steps + 1 + i
        faces += [(a, d, c), (a, c, b)]
    model.add_faces(palette.ceramic, vertices, faces, vertices[:, [0, 2]])


def _washbasin(model: Model, palette: Palette, half: float, depth: float, bottom: float, y: float) -> None:
    """A ceramic basin: outer walls, rim, hollow and tap."""
    box(model, palette.ceramic, (-half, half), (bottom, y), (0.0, depth), ["top"])
    radius, z = half * 0.74, depth * 0.56
    _rim(model, palette, half, depth, y, radius, z)
    _basin(model, palette, z, y, radius)
    tap(model, palette.chrome, 0.0, y, 0.05, 0.13, 0.13)


@furniture("sink", "bath")
def pedestal_sink(rng: np.random.Generator, palette: Palette) -> Model:
    """A washbasin on a ceramic column."""
    model = Model()
    half, depth, y = rng.uniform(0.26, 0.31), rng.uniform(0.44, 0.50), rng.uniform(0.83, 0.87)
    profile = [(0.13, 0.0), (0.12, 0.03), (0.075, 0.10), (0.07, 0.5), (0.10, y - 0.15)]
    lathe(model, palette.ceramic, profile, (0.0, 0.0, 0.20), 12)
    _washbasin(model, palette, half, depth, y - 0.16, y)
    return model


@furniture("sink", "bath")
def vanity_sink(rng: np.random.Generator, palette: Palette) -> Model:
    """A washbasin on a cabinet with two doors."""
    model = Model()
    half, depth, y = rng.uniform(0.34, 0.45), 0.47, 0.86
    box(model, palette.front.shaded(0.95), (-half, half), (0.14, y - 0.15), (0.0, depth - 0.02))
    for x in (-half + 0.05, half - 0.05):
        for z in (0.06, depth - 0.08):
            rod(model, palette.chrome, (x, 0.0, z), (x, 0.14, z), 0.018)
    front = Front(palette.front, palette.chrome, (-half + 0.01, half - 0.01), (0.16, y - 0.16), depth - 0.02)
    doors(model, front, 2, framed=True)
    _washbasin(model, palette, half + 0.01, depth + 0.01, y - 0.15, y)
    return model


@furniture("sink", "bath")
def bowl_sink(rng: np.random.Generator, palette: Palette) -> Model:
    """A round bowl on a wooden board on brackets, with a tall tap."""
    model = Model()
    half, depth, y = rng.uniform(0.36, 0.48), 0.46, 0.76
    box(model, palette.wood, (-half, half), (y - 0.06, y), (0.0, depth))
    for x in (-half + 0.06, half - 0.06):
        box(model, palette.black, (x - 0.012, x + 0.012), (y - 0.09, y - 0.06), (0.0, depth - 0.06))
        box(model, palette.black, (x - 0.012, x + 0.012), (y - 0.40, y - 0.06), (0.0, 0.03))
    rod(model, palette.chrome, (0.0, y - 0.32, 0.26), (0.0, y - 0.06, 0.26), 0.022)
    rod(model, palette.chrome, (0.0, y - 0.30, 0.26), (0.0, y - 0.30, 0.0), 0.018)
    profile = [
        (0.10, 0.0),
        (0.17, 0.05),
        (0.20, 0.13),
        (0.20, 0.13),
        (0.185, 0.13),
        (0.185, 0.13),
        (0.15, 0.06),
        (0.0, 0.035),
    ]
    lathe(model, palette.ceramic, profile, (0.0, y, 0.26), 16)
    tap(model, palette.chrome, 0.0, y, 0.05, 0.32, 0.18)
    return model
