"""Groups of furniture that several rooms use: tables with chairs, desks, walls with a television."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.houses.furniture import Furniture, make, pick
from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece


def dining_set(rng: np.random.Generator, palette: Palette, small: bool) -> Arrangement:
    """A table with chairs on its sides, around the origin; `small` ones have two to four chairs."""
    kind = str(rng.choice(["four_leg_table", "pedestal_table", "trestle_table"][: 2 if small else 3]))
    table = make(kind, rng, palette)
    width, _, depth = table.model.size
    pieces = [Piece(table, (0.0, 0.0, -depth / 2.0))]
    chair_rng_state = int(rng.integers(2**31))
    kind_of_chair = pick(rng, palette, "chair", "dining").name
    each_side = 1 if small or kind == "pedestal_table" else max(2, int(width / 0.62))
    for side in (-1.0, 1.0):
        for k in range(each_side):
            chair = make(kind_of_chair, np.random.default_rng(chair_rng_state), palette)
            x = (k + 0.5) * width / each_side - width / 2.0
            pieces.append(_seated(chair, x, side, depth / 2.0, rng))
    if kind == "pedestal_table" or (rng.random() < 0.4 and not small):
        for side in (-1.0, 1.0):
            chair = make(kind_of_chair, np.random.default_rng(chair_rng_state), palette)
            reach = width / 2.0 + chair.model.size[2] - rng.uniform(0.12, 0.2)
            pieces.append(Piece(chair, (side * reach, 0.0, 0.0), -side * math.pi / 2.0))
    top = max(point.y for point in table.model.tops)
    thing = pick(rng, palette, *[("objects", "kitchen"), ("objects", "vase"), ("plant", "table")][rng.integers(3)])
    size = thing.model.bounds
    pieces.append(Piece(thing, (0.0, top, -float(size[0, 2] + size[1, 2]) / 2.0)))
    return Arrangement(tuple(pieces))


def _seated(chair: Furniture, x: float, side: float, edge: float, rng: np.random.Generator) -> Piece:
    """A chair pushed a little under a table edge, facing it; side +1 is before the table, -1 behind it."""
    reach = edge + float(chair.model.size[2]) - float(rng.uniform(0.10, 0.22))
    turn = float(rng.uniform(-0.12, 0.12))
    return Piece(chair, (x, 0.0, side * reach), (math.pi if side > 0.0 else 0.0) + turn)


def desk_set(rng: np.random.Generator, palette: Palette) -> Arrangement:
    """A desk with a chair before it, a monitor, a lamp and books."""
    desk = pick(rng, palette, "table", "desk")
    width, _, depth = desk.model.size
    top = desk.model.tops[0].y
    chair = pick(rng, palette, "chair", "desk" if rng.random() < 0.75 else "dining")
    reach = float(depth + chair.model.size[2] - rng.uniform(0.05, 0.2))
    side = float(rng.choice([-1.0, 1.0]))
    lamp_x = side * (width / 2.0 - 0.16)
    pieces = [
        Piece(desk),
        Piece(chair, (float(rng.uniform(-0.1, 0.1)), 0.0, reach), math.pi + float(rng.uniform(-0.3, 0.3))),
        Piece(pick(rng, palette, "tv_monitor", "desk"), (0.0, top, 0.05)),
        Piece(pick(rng, palette, "lighting", "desk"), (lamp_x, top, 0.12), side * -0.5),
    ]
    if rng.random() < 0.6:
        books = pick(rng, palette, "objects", "books")
        pieces.append(Piece(books, (-side * (width / 2.0 - 0.18), top, 0.10)))
    return Arrangement(tuple(pieces))


def television_wall(rng: np.random.Generator, palette: Palette) -> Arrangement:
    """A television on a bench, or on the wall above one."""
    bench = pick(rng, palette, "cabinet", "tv")
    top = bench.model.tops[-1].y
    if rng.random() < 0.3:
        return Arrangement.of(bench, Piece(pick(rng, palette, "tv_monitor", "wall"), (0.0, top + 0.25, 0.0)))
    return Arrangement.of(bench, Piece(pick(rng, palette, "tv_monitor", "bench"), (0.0, top, 0.06)))


def with_lamp(
    rng: np.random.Generator, palette: Palette, table: Furniture, at: tuple[float, float, float]
) -> list[Piece]:
    """A small table at a place, with a lamp or something else on it."""
    pieces = [Piece(table, at)]
    top = table.model.tops[-1]
    use = ("lighting", "table") if rng.random() < 0.7 else ("objects", "books")
    thing = pick(rng, palette, *use)
    low, high = thing.model.bounds
    middle = (top.z[0] + top.z[1]) / 2.0 - float(low[2] + high[2]) / 2.0
    pieces.append(Piece(thing, (at[0], at[1] + top.y, at[2] + middle)))
    return pieces
