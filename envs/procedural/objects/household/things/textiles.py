"""Cloth, folded and rolled."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import extruded, lathe, ring, tube
from leo_agent.envs.procedural.objects.household.paints import BLACK, BLUE, GREEN, GREY, RED, WHITE
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join

STRIPE_CM = 26 / 7


def _fold(y: float, thickness: float, color: Color, length: float) -> Solid:
    """A cloth folded once: two layers, joined by a round edge at +y, open at -y; `length` along x."""
    half, gap = thickness / 2, 0.12 * thickness
    bend = [(y / 2 + half * math.cos(a), half + half * math.sin(a)) for a in np.linspace(-math.pi / 2, math.pi / 2, 4)]
    outline = [
        (-y / 2, 0.0),
        *bend,
        (-y / 2, thickness),
        (-y / 2, half + gap),
        (y / 2 - 0.4, half),
        (-y / 2, half - gap),
    ]
    # The outline stands across x: its first coordinate runs along y, its second along z.
    return extruded(outline, length, color).turned("x", 90).turned("z", 90).moved(x=-length / 2)


def _striped_towel(color: Color) -> Solid:
    """A towel of 26 x 17 cm as it lies in a cupboard, folded twice, stripes across."""
    length = 26.0
    towel = _fold(15, 3.0, WHITE, length) + _fold(15.4, 2.8, WHITE, length - 0.6).moved(z=2.9)
    edges = [float(edge) for edge in np.arange(-length / 2 + STRIPE_CM, length / 2 - 0.1, STRIPE_CM)]
    return towel.banded((1.0, 0, 0), edges, [color, WHITE])


@kind("green and white striped towel")
def green_and_white_striped_towel() -> Solid:
    return _striped_towel(GREEN)


@kind("red and white striped towel", split="unseen")
def red_and_white_striped_towel() -> Solid:
    return _striped_towel(RED)


@kind("blue checkered cloth")
def blue_checkered_cloth() -> Solid:
    """A folded kitchen cloth, white with blue bands both ways."""
    cloth = _fold(20, 1.6, WHITE, 20)
    step = 20 / 5
    edges = [-10 + step * k for k in range(1, 5)]
    pale = cloth.banded((1.0, 0, 0), edges, [(120, 156, 220), WHITE]).cut((0, 1.0, 0), *edges)

    def across(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray(np.floor((y + 10) / step).astype(int) % 2 == 0)

    def crossing(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray(across(x, y, z) & (np.floor((x + 10) / step).astype(int) % 2 == 0))

    return pale.painted((120, 156, 220), across).painted(BLUE, crossing)


@kind("rolled purple yoga mat")
def rolled_purple_yoga_mat() -> Solid:
    """A thick roll whose ends show the layers, held by two black straps."""
    radii = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.2]
    profile = [(r, -30.0) for r in radii] + [(r, 30.0) for r in reversed(radii)]
    light, dark = (176, 120, 214), (112, 60, 156)
    layers = [dark, light] * 3
    mat = lathe(profile, [*layers, (140, 84, 184), *reversed(layers)], segments=20)
    straps = [
        lathe([(6.2, z), (6.5, z), (6.5, z + 2.4), (6.2, z + 2.4), (6.2, z)], BLACK, segments=20) for z in (-19, 16)
    ]
    return join(mat, *straps).turned("z", 9).turned("y", 90).on_table(worn=0.5)


@kind("ball of red yarn")
def ball_of_red_yarn() -> Solid:
    """A ball wound of red thread in all directions, with two knitting needles through it."""
    rng = np.random.default_rng(5)
    windings = []
    for k in range(11):
        winding = ring(4.6, 0.9, RED if k % 2 else (150, 24, 30), segments=12, sides=5)
        windings.append(winding.turned("x", float(rng.uniform(0, 180))).turned("z", float(rng.uniform(0, 180))))
    core = lathe([(0, -5.2), (3.4, -4), (5.2, 0), (3.4, 4), (0, 5.2)], (150, 22, 30), segments=10)
    needle = tube([(-9, 0, -2), (-8.4, 0, -1.8), (8.6, 0, 3.6)], [0.9, 0.45, 0.4], (232, 200, 120))
    return join(core, *windings, needle.turned("z", 30), needle.turned("z", 210)).flattened(-4.6).on_table()


@kind("grey sock with red heel")
def grey_sock_with_red_heel() -> Solid:
    """A sock lying flat: leg, bent foot, red heel, toe and cuff."""
    leg = [(-3, 25), (-9, 25), (-9.2, 6), (-9.4, 2), (-8, -1), (-5, -2)]
    foot = [(4, -2), (7.6, -1), (8.8, 1.4), (7.8, 4), (4, 5), (-1, 5.6), (-2.6, 7.6)]
    sock = extruded([*leg, *foot], 1.4, GREY)
    tinted = sock.banded((0, 1.0, 0), [22.4], [None, RED]).banded((1.0, 0, 0), [4.6], [None, RED])
    return (
        tinted.cut((1.0, 1.0, 0), -3.4)
        .painted(RED, lambda x, y, z: x + y < -3.4)
        .banded((0, 1.0, 0), [18.4, 20.4], [None, WHITE])
    )
