"""Devices with screens, buttons, lenses and bells."""

from __future__ import annotations

import math

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import (
    box,
    ellipsoid,
    extruded,
    laid,
    lathe,
    loft,
    ring,
    rod,
    slab,
    tube,
)
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BLUE,
    DARK,
    GOLD,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SCREEN,
    SILVER,
    STEEL,
    WHITE,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join


@kind("alarm clock")
def alarm_clock() -> Solid:
    """A round red clock with a white face, black hands, two bells and a hammer on top, on four feet."""
    case = lathe(
        [(0, 0), (4.6, 0), (5.4, 0.6), (5.4, 4.2), (4.7, 4.4), (4.6, 4.0), (0, 4.0)],
        [RED, RED, RED, RED, WHITE, WHITE],
        segments=24,
    )
    marks = [box(0.4, 1.0, 0.1, BLACK).moved(y=3.7).turned("z", 30.0 * k).moved(z=4.0) for k in range(12)]
    hands = box(0.5, 3.6, 0.15, BLACK).moved(y=1.6, z=4.05) + box(2.6, 0.6, 0.15, BLACK).moved(x=1.2, z=4.1)
    face = join(case, *marks, hands).turned("z", 90).turned("y", 90).moved(z=6.8)
    bell = ellipsoid(2.1, 2.1, 1.9, GOLD, 12).turned("x", -35).moved(x=2, y=3.3, z=12.2)
    foot = rod((3.4, 2.6, 2.6), (4.6, 4.4, 0), 0.6, GOLD) + rod((0.8, 2.6, 2.6), (-0.8, 4.4, 0), 0.6, GOLD)
    hammer = rod((2, 0, 12), (2, 0, 14), 0.3, DARK) + ellipsoid(0.6, 1.0, 0.6, DARK, 8).moved(x=2, z=14)
    handle = tube([(2, -3.4, 13.4), (2, -2.4, 15.6), (2, 0, 16.4), (2, 2.4, 15.6), (2, 3.4, 13.4)], 0.35, GOLD)
    return join(face, (bell + foot).with_mirrored(), hammer, handle).on_table()


@kind("hard drive")
def hard_drive() -> Solid:
    """A flat metal case: silver lid with a round mark and screws, a white label, a green board's edge."""
    case = box(14.7, 10.2, 2.2, GREY).banded((0, 0, 1.0), [0.5], [(36, 120, 70), None])
    lid = slab(14.0, 9.6, 0.4, SILVER, corner=0.8, bevel=0.1).moved(z=2.15)
    disc = lathe(
        [(0, 0), (4.2, 0), (4.2, 0.2), (3.7, 0.2), (3.7, 0.12), (0, 0.12)], [STEEL, STEEL, GREY, GREY, STEEL], 20
    )
    hub = lathe([(0, 0), (1.0, 0), (1.0, 0.25), (0, 0.25)], DARK)
    label = box(4.6, 6.4, 0.1, WHITE).moved(x=4.2, z=2.56)
    lines = [
        box(3.6, 0.5, 0.1, color).moved(x=4.2, y=y, z=2.6)
        for y, color in ((2, BLUE), (0.8, BLACK), (-0.2, BLACK), (-1.8, BLACK))
    ]
    screws = [
        lathe([(0, 0), (0.5, 0), (0.5, 0.2), (0, 0.2)], DARK, 8).moved(x=x, y=y, z=2.5)
        for x in (-6.4, 6.4)
        for y in (-4.2, 4.2)
    ]
    plug = box(0.5, 4, 0.8, BLACK).moved(x=-7.5, y=-2, z=0.4) + box(0.5, 2.4, 0.8, GOLD).moved(x=-7.5, y=2.6, z=0.4)
    return join(case, lid, (disc + hub).moved(x=-2.6, z=2.5), label, *lines, *screws, plug)


@kind("tablet")
def tablet() -> Solid:
    """A flat black device with a bright screen of coloured tiles and a round button."""
    case = slab(24, 17, 0.9, BLACK, corner=1.2, bevel=0.2)
    screen = box(20.4, 14.6, 0.12, SCREEN).moved(z=0.85)
    colors = (RED, YELLOW, WHITE, GREEN, ORANGE, BLUE, WHITE, (160, 90, 200))
    icons = [
        box(2.8, 2.8, 0.16, colors[k]).moved(x=-6.8 + 4.5 * (k % 4), y=4 - 4.6 * (k // 4), z=0.92) for k in range(8)
    ]
    dock = box(14, 2, 0.14, (230, 236, 240)).moved(y=-5.8, z=0.9)
    button = lathe([(0, 0), (0.7, 0), (0.7, 0.1), (0, 0.1)], GREY, 10).moved(x=11.1, z=0.88)
    return join(case, screen, *icons, dock, button)


def _computer_mouse(shell: Color, seam: Color, wheel: Color) -> Solid:
    """A rounded shell with two keys, a wheel between, and a stub of cable."""
    stations = (
        (-6.0, 1.6, 1.2), (-5.2, 2.7, 2.6), (-2.6, 3.2, 3.8), (0.6, 3.0, 3.7), (3.4, 2.9, 2.9), (5.4, 2.6, 1.9),
        (6.2, 1.6, 1.1),
    )  # fmt: skip
    angles = np.linspace(0, math.pi, 11)
    shape = loft(
        [[(x, half * math.cos(a), height * math.sin(a) ** 0.8) for a in angles] for x, half, height in stations], shell
    )
    keys = shape.cut((0, 1.0, 0), -0.16, 0.16).cut((1.0, 0, 0), 0.9, 1.2)
    keys = keys.painted(seam, lambda x, y, z: (z > 0.8) & (((abs(y) < 0.16) & (x > 0.9)) | ((x > 0.9) & (x < 1.2))))
    roller = rod((3.2, -0.45, 2.9), (3.2, 0.45, 2.9), 0.9, wheel)
    cable = tube([(6, 0, 0.7), (8, 0, 0.6), (10, 0.6, 0.4), (12.4, 2.2, 0.4)], 0.35, seam)
    return join(keys, roller, cable)


@kind("black computer mouse")
def black_computer_mouse() -> Solid:
    return _computer_mouse((44, 45, 50), (150, 152, 158), (70, 220, 90))


@kind("white computer mouse", split="unseen")
def white_computer_mouse() -> Solid:
    return _computer_mouse((244, 244, 246), (120, 124, 132), (70, 120, 230))


@kind("handheld game console")
def handheld_game_console() -> Solid:
    """A turquoise device with a screen in the middle, a black cross left and coloured buttons right."""
    case = slab(20, 9, 1.6, (38, 178, 172), corner=2.4, bevel=0.3)
    screen = box(9.6, 6.8, 0.14, BLACK).moved(z=1.56) + box(8.4, 5.6, 0.2, (150, 214, 120)).moved(z=1.58)
    hill = extruded(
        [(-4.2, -2.8), (4.2, -2.8), (4.2, -1.4), (1.6, 0.4), (-1, -1.6), (-4.2, -0.4)], 0.26, (60, 120, 60)
    ).moved(z=1.58)
    cross = box(2.8, 0.95, 0.5, BLACK).moved(x=-7.4, z=1.5) + box(0.95, 2.8, 0.5, BLACK).moved(x=-7.4, z=1.5)
    buttons = [
        lathe([(0, 0), (0.7, 0), (0.7, 0.5), (0, 0.5)], color, 10).moved(x=7.4 + x, y=y, z=1.5)
        for x, y, color in ((1.2, 0, RED), (-1.2, 0, YELLOW), (0, 1.2, BLUE), (0, -1.2, WHITE))
    ]
    return join(case, screen, hill, cross, *buttons)


@kind("game cartridge")
def game_cartridge() -> Solid:
    """A flat grey plastic case with a notch, grooves, and a picture of a sun over hills on its label."""
    outline = [(-6, -5.4), (6, -5.4), (6, 4.4), (5.2, 5.4), (-5.2, 5.4), (-6, 4.4)]
    case = extruded(outline, 1.8, (168, 168, 172)) + box(8, 1.4, 1.0, (60, 62, 68)).moved(y=-6, z=0.4)
    grooves = [box(0.5, 8.6, 0.12, DARK).moved(x=x, z=1.76) for x in (-5.2, -4.3, 4.3, 5.2)]
    label = box(7.4, 7, 0.14, (60, 140, 230)).moved(y=0.8, z=1.76)
    hills = extruded(
        [(-3.7, -2.7), (3.7, -2.7), (3.7, -0.8), (1.8, 0.6), (0, -1), (-2, 0.4), (-3.7, -1)], 0.22, GREEN
    ).moved(z=1.76)
    sun = lathe([(0, 0), (1.3, 0), (1.3, 0.22), (0, 0.22)], YELLOW).moved(x=1.4, y=2.4, z=1.76)
    title = box(6.4, 1.0, 0.2, RED).moved(y=3.6, z=1.76)
    pins = [box(0.5, 1.0, 0.3, GOLD).moved(x=x, y=-6.3, z=1.3) for x in np.arange(-3, 3.1, 1.2)]
    return join(case, *grooves, label, hills, sun, title, *pins)


@kind("camera")
def camera() -> Solid:
    """A black body with a silver top, a large lens in front, a flash and a red button."""
    body = slab(13, 5, 6.4, BLACK, corner=0.8, bevel=0.2)
    top = slab(13, 5, 1.8, SILVER, corner=0.8, bevel=0.3).moved(z=6.3)
    hump = slab(4.6, 4.4, 2.0, SILVER, corner=0.5, bevel=0.4).moved(z=8)
    flash = box(2.6, 0.3, 1.2, WHITE).moved(y=-2.3, z=8.3)
    profile = [(0, 0), (3.0, 0), (3.0, 1.4), (2.7, 1.4), (2.7, 3.0), (2.2, 3.0), (1.8, 2.2), (0, 2.5)]
    glass = (90, 110, 190)
    lens = lathe(profile, [DARK, DARK, SILVER, DARK, SILVER, BLACK, glass], segments=18)
    button = lathe([(0, 0), (0.8, 0), (0.8, 0.5), (0, 0.5)], RED, 10).moved(x=-4.6, z=8)
    dial = lathe([(0, 0), (1.2, 0), (1.2, 0.7), (0, 0.7)], DARK, 12).moved(x=4.4, z=8)
    return join(body, top, hump, flash, lens.turned("x", 90).moved(y=-2.4, z=3.0), button, dial)


@kind("light bulb")
def light_bulb() -> Solid:
    """A pale yellow glass bulb on a threaded metal foot, lying."""
    thread = [(1.3 + 0.15 * (k % 2), 0.5 + 0.35 * k) for k in range(8)]
    glass = [(1.6, 3.6), (2.2, 5), (3.1, 6.8), (3.2, 8.2), (2.6, 9.8), (1.4, 10.8), (0, 11.1)]
    colors = [BLACK, DARK] + [STEEL, GREY] * 4 + [(255, 236, 150)] * 6
    profile = [(0, 0), (0.7, 0), *thread, *glass]
    return laid(profile, colors, 14)


@kind("headphones")
def headphones() -> Solid:
    """A black band bent over, with two thick cushions ringed in blue, lying on the side."""
    points = [(8.0 * math.cos(a), 9.5 * math.sin(a), 2.2) for a in np.linspace(-0.1, math.pi + 0.1, 13)]
    band = tube(points, 0.7, BLACK, flat=1.6)
    pad = tube(points[4:9], 1.1, BLUE, flat=1.6)
    profile = [(0, 0), (3, 0), (3.6, 0.6), (3.6, 1.2), (3.2, 2.6), (2.2, 2.9), (1.8, 2.2), (0, 2.2)]
    cup = lathe(profile, [DARK, DARK, BLUE, BLACK, BLACK, BLACK, GREY], segments=16).turned("y", 90)
    cups = cup.moved(x=-9.2, y=-2.6, z=3.6) + cup.stretched(x=-1).moved(x=9.2, y=-2.6, z=3.6)
    return (band.moved(z=1.4) + pad.moved(z=1.4) + cups).turned("x", -8.6).on_table()


@kind("television remote")
def television_remote() -> Solid:
    """A long black bar with a red power key, rows of light keys and a blue ring."""
    case = slab(19, 5, 2, (48, 48, 54), corner=1.0, bevel=0.4)
    power = lathe([(0, 0), (0.8, 0), (0.8, 0.4), (0, 0.4)], RED, 10).moved(x=8, y=1.3, z=1.9)
    keys = [
        box(1.3, 1.0, 0.4, (220, 222, 226)).moved(x=x, y=y, z=1.9)
        for x in (-1.6, -3.6, -5.6, -7.6)
        for y in (-1.5, 0, 1.5)
    ]
    wheel = ring(1.5, 0.4, BLUE, segments=14, sides=6) + ellipsoid(0.7, 0.7, 0.4, WHITE, 8)
    return join(case, power, *keys, wheel.moved(x=3.4, z=2.1))


@kind("calculator")
def calculator() -> Solid:
    """A white slab with a grey-green display and a grid of dark and orange keys."""
    case = slab(8.6, 14, 1.6, (226, 224, 214), corner=0.8, bevel=0.3)
    display = box(7, 2.6, 0.2, (150, 180, 150)).moved(y=4.6, z=1.5)
    digits = [box(0.35, 1.4, 0.25, BLACK).moved(x=x, y=4.6, z=1.5) for x in (1.0, 1.9, 2.8)]
    keys = [
        box(1.3, 1.2, 0.5, ORANGE if column == 3 else DARK).moved(x=-2.7 + 1.8 * column, y=2 - 1.8 * row, z=1.5)
        for row in range(5)
        for column in range(4)
    ]
    return join(case, display, *digits, *keys)
