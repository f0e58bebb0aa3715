"""Animals as toy figures: on four legs, with fins, with a shell."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.procedural.objects.household.catalogue import kind
from leo_agent.envs.procedural.objects.household.forms import Point, ellipsoid, extruded, lathe, rod, slab, tube
from leo_agent.envs.procedural.objects.household.paints import (
    BLACK,
    BROWN,
    CREAM,
    GOLD,
    GREEN,
    ORANGE,
    PINK,
    WHITE,
    YELLOW,
)
from leo_agent.envs.procedural.objects.household.solid import Color, Solid, join

STONE = (176, 172, 164)


def _legs(front: float, back: float, half: float, height: float, radius: float, color: Color, hoof: Color) -> Solid:
    """Four straight legs at x = front and x = back, `half` to either side, with feet of another colour."""
    legs = []
    for x in (front, back):
        for y in (half, -half):
            legs.append(rod((x, y, 0.8), (x, y, height), radius * 0.85, color, radius_end=radius * 1.15))
            legs.append(rod((x, y, 0), (x, y, 1.0), radius * 1.0, hoof))
    return join(*legs)


def _ball(center: Point, radius: float, color: Color, segments: int = 8) -> Solid:
    return ellipsoid(radius, radius, radius, color, segments).moved(*center)


def _eyes(x: float, y: float, z: float, radius: float = 0.35) -> Solid:
    return _ball((x, y, z), radius, BLACK, 6) + _ball((x, -y, z), radius, BLACK, 6)


def _cone(start: Point, end: Point, radius: float, color: Color) -> Solid:
    return rod(start, end, radius, color, radius_end=radius * 0.12)


@kind("dog statue")
def dog_statue() -> Solid:
    """A dog of grey stone, sitting on a plinth."""
    plinth = slab(14, 9, 2.4, (120, 116, 110), corner=0.4)
    trunk = ellipsoid(3.4, 3.2, 6, STONE).turned("y", 22).moved(x=-0.6, z=8)
    hips = ellipsoid(4, 3.8, 3, STONE).moved(x=-2.4, z=5)
    front = [rod((3.2, y, 2.4), (2.2, y * 0.8, 10), 0.9, STONE) for y in (1.7, -1.7)]
    paws = [ellipsoid(1.5, 1.0, 0.8, STONE, 8).moved(x=3.6, y=y, z=3.0) for y in (1.7, -1.7)]
    paws += [ellipsoid(2.0, 1.1, 0.9, STONE, 8).moved(x=0.6, y=y, z=3.2) for y in (3.6, -3.6)]
    head = ellipsoid(2.7, 2.4, 2.4, STONE).moved(x=3.0, z=15) + ellipsoid(2.1, 1.4, 1.3, STONE, 10).moved(x=5.6, z=14.2)
    ears = ellipsoid(0.9, 0.5, 2.2, (140, 134, 124), 8).moved(x=2.2, y=2.4, z=14.6).with_mirrored()
    nose = _ball((7.6, 0, 14.5), 0.6, BLACK, 6)
    tail = tube([(-5.4, 0, 4), (-7.6, 0, 4.6), (-8.6, 0, 7)], [0.8, 0.7, 0.4], STONE)
    return join(plinth, trunk, hips, *front, *paws, head, ears, nose, _eyes(5.0, 1.2, 15.8), tail)


@kind("bull figure")
def bull_figure() -> Solid:
    """A heavy dark brown bull with white horns, a hump and a lowered head."""
    hide, dark = (104, 54, 32), (58, 32, 22)
    body = ellipsoid(9, 4.4, 5, hide).moved(z=10) + ellipsoid(4.6, 4.4, 4.4, dark).moved(x=4.6, z=12)
    neck = rod((6, 0, 12), (10, 0, 11.4), 3.2, dark, radius_end=2.6)
    head = ellipsoid(3.4, 2.3, 2.6, hide).turned("y", 25).moved(x=11.6, z=10.8)
    muzzle = ellipsoid(1.6, 1.7, 1.5, (214, 172, 140), 8).moved(x=14.2, z=9.4)
    horn = tube([(10.8, 1.6, 12.6), (10.9, 4.4, 13.4), (12.2, 6.2, 15.4), (13, 6, 17)], [0.9, 0.8, 0.5, 0.15], WHITE)
    tail = tube([(-8.6, 0, 12), (-10.4, 0, 10), (-10.6, 0, 5), (-10.8, 0, 3)], [0.5, 0.4, 0.5, 0.9], dark)
    legs = _legs(5.6, -5.6, 2.5, 8, 1.4, hide, BLACK)
    return join(body, neck, head, muzzle, horn.with_mirrored(), tail, legs, _eyes(13, 1.9, 11.9, 0.4))


@kind("rhino figure")
def rhino_figure() -> Solid:
    """A grey rhinoceros: barrel body, long low head, a big horn on the nose and a smaller one behind."""
    hide, dark = (134, 138, 146), (104, 108, 116)
    body = ellipsoid(9.4, 5, 5.2, hide, 14).moved(z=8.4)
    body = body.banded((1.0, 0, 0), [-3.4, 3.0], [None, dark, None])
    head = tube([(7, 0, 9), (10, 0, 8.2), (13, 0, 7), (15.6, 0, 6.4)], [3.6, 2.9, 2.1, 1.6], hide)
    horns = _cone((14.6, 0, 7.6), (16.8, 0, 12.4), 1.2, CREAM) + _cone((12, 0, 8.8), (12.8, 0, 11.4), 0.9, CREAM)
    ears = _cone((9, 1.8, 10.4), (8.4, 2.6, 13), 0.9, dark).with_mirrored()
    tail = tube([(-9, 0, 9.6), (-10.4, 0, 8), (-10.6, 0, 6)], [0.5, 0.4, 0.4], dark)
    return join(body, head, horns, ears, tail, _legs(5.4, -5.6, 2.8, 6, 1.8, hide, dark), _eyes(12.4, 1.9, 8.4, 0.4))


@kind("elephant figure")
def elephant_figure() -> Solid:
    """A blue-grey elephant with large ears, tusks and a raised trunk."""
    hide, inner = (110, 134, 164), (222, 160, 170)
    body = ellipsoid(8, 5.4, 5.8, hide, 14).moved(z=10.4)
    head = ellipsoid(4, 3.6, 4, hide).moved(x=9, z=13.4)
    trunk = tube(
        [(11.6, 0, 13), (14, 0, 10.4), (15.6, 0, 8), (18, 0, 8.6), (19, 0, 11)], [1.9, 1.5, 1.2, 1.0, 0.9], hide
    )
    ear = ellipsoid(1.0, 3.8, 4.4, hide).moved(x=7.2, y=5.4, z=13.6) + ellipsoid(0.7, 2.8, 3.4, inner).moved(
        x=7.7, y=5.4, z=13.6
    )
    tusk = tube([(11.4, 1.9, 11.4), (13.4, 2.3, 9.6), (15.4, 2.4, 9.8)], [0.7, 0.55, 0.2], WHITE)
    tail = tube([(-7.6, 0, 12), (-9.2, 0, 10), (-9.4, 0, 7)], [0.5, 0.4, 0.6], hide)
    legs = _legs(4.6, -4.6, 3, 8, 2.1, hide, WHITE)
    return join(body, head, trunk, ear.with_mirrored(), tusk.with_mirrored(), tail, legs, _eyes(12, 2.2, 14.8, 0.45))


@kind("orca plush toy")
def orca_plush_toy() -> Solid:
    """A fat black whale, belly and eye patches white, saddle grey, with a high back fin and a forked tail."""
    body = ellipsoid(13, 6, 5.6, BLACK, 16).moved(z=5.6).cut((0, 0, 1.0), 5.0).painted(WHITE, lambda x, y, z: z < 5.0)
    fin = extruded([(-3, 0), (3, 0), (-1.8, 6.4), (-3, 6.8)], 1.2, BLACK).turned("x", 90).moved(y=0.6, z=9.8)
    flipper = ellipsoid(2.4, 4.2, 0.8, BLACK, 10).turned("z", 25).moved(x=4, y=7.4, z=3.2)
    patch = ellipsoid(2.0, 0.7, 1.1, WHITE, 10).moved(x=7.6, y=4.4, z=7.4)
    saddle = ellipsoid(2.6, 3.4, 0.7, (196, 198, 204), 10).moved(x=-5.4, z=10.2)
    tail = tube([(-11, 0, 5.6), (-14.6, 0, 6.2)], [2.4, 1.2], BLACK)
    fluke = extruded([(-13.6, 0), (-14.6, 3), (-19, 7), (-18, 3), (-16.6, 0)], 1.2, BLACK).moved(z=5.8)
    eyes = _ball((9.6, 3.7, 6.6), 0.5, (90, 150, 220), 6)
    return join(body, fin, saddle, (flipper + patch + fluke + eyes).with_mirrored(), tail).flattened(1.4).on_table()


@kind("turtle figure")
def turtle_figure() -> Solid:
    """A domed brown shell with lighter plates, green head and flippers."""
    green, shell, plate = (104, 176, 84), (112, 72, 40), (186, 136, 74)
    dome = lathe(
        [(0, 1.4), (7, 1.4), (7.6, 2.4), (7, 4), (5, 6.4), (2.6, 7.8), (0, 8.2)],
        [CREAM, CREAM, shell, plate, shell, plate],
        segments=12,
    ).stretched(x=1.2)
    head = ellipsoid(3, 2.2, 2.2, green).moved(x=11.4, z=4.2) + rod((7, 0, 2.8), (10.6, 0, 3.8), 1.5, green)
    legs = [
        ellipsoid(3, 1.9, 1.2, green, 8).turned("z", a).moved(x=x, y=y, z=1.2)
        for x, y, a in ((6, 6.2, 40), (-6, 6.2, 140))
    ]
    tail = _cone((-8, 0, 2), (-11.4, 0, 1.4), 1.0, green)
    return join(dome, head, join(*legs).with_mirrored(), tail, _eyes(13.2, 1.4, 5.2, 0.4))


@kind("penguin figure")
def penguin_figure() -> Solid:
    """A black and white penguin, upright, with orange beak and feet."""
    body = ellipsoid(5, 4.8, 8, BLACK, 16).moved(z=8.6).cut((1.0, 0, 0), 2.6).painted(WHITE, lambda x, y, z: x > 2.6)
    head = ellipsoid(3.6, 3.6, 3.4, BLACK, 12).moved(z=17.4)
    cheeks = ellipsoid(1.4, 1.2, 1.4, WHITE, 8).moved(x=2.6, y=1.4, z=17.6).with_mirrored()
    beak = _cone((3.2, 0, 17), (6, 0, 16.4), 1.0, ORANGE)
    wings = ellipsoid(1.6, 0.8, 5, BLACK, 10).turned("x", 16).moved(y=5.4, z=9.6).with_mirrored()
    feet = slab(8, 3.8, 1.0, ORANGE, corner=1.6, bevel=0.2).moved(x=1.4, y=2.5).with_mirrored()
    return join(body, head, cheeks, beak, wings, feet, _eyes(3.8, 1.5, 18.0, 0.4))


@kind("pink piggy bank")
def pink_piggy_bank() -> Solid:
    """A round pig with a dark slot in its back, a snout and a gold coin halfway in."""
    rose = (236, 110, 140)
    body = ellipsoid(7.4, 6, 6, PINK, 16).moved(z=7.6)
    snout = rod((6.6, 0, 7.8), (9.2, 0, 7.8), 2.0, rose)
    nostrils = _ball((9.2, 0.8, 7.9), 0.45, BROWN, 6).with_mirrored()
    ears = _cone((3.6, 2.4, 12), (3.4, 3.0, 16), 1.5, rose).with_mirrored()
    slot = slab(4.6, 1.0, 0.5, BLACK, corner=0.4, bevel=0.05).moved(x=-1, z=13.35)
    coin = lathe([(0, 0), (1.7, 0), (1.7, 0.4), (0, 0.4)], GOLD).turned("x", 90).moved(x=-1, y=0.2, z=14.0)
    tail = tube([(-7, 0, 8.6), (-8.6, 0.6, 9.6), (-8.4, -0.4, 10.8), (-9.4, 0, 11)], 0.4, rose)
    legs = _legs(3.6, -3.6, 3, 4, 1.5, PINK, rose)
    return join(body, snout, nostrils, ears, slot, coin, tail, legs, _eyes(6.2, 2.5, 10, 0.5))


@kind("green frog figure")
def green_frog_figure() -> Solid:
    """A squatting frog with a wide mouth, bulging eyes and folded legs."""
    dark = (34, 110, 54)
    body = ellipsoid(6.4, 5.4, 4.2, GREEN, 14).turned("y", -18).moved(z=5)
    body = body.painted((220, 230, 150), lambda x, y, z: (x > 2.4) & (z < 4.6))
    head = ellipsoid(4.2, 5, 2.9, GREEN, 14).moved(x=4.6, z=8.4)
    mouth = ellipsoid(4.3, 4.9, 0.35, (120, 30, 40), 14).moved(x=4.7, z=7.7)
    eyes = _ball((5.4, 2.9, 11.2), 1.7, WHITE, 10) + _ball((6.7, 3.1, 11.5), 0.85, BLACK, 8)
    thigh = ellipsoid(4.2, 1.8, 3.0, dark, 10).moved(x=-2.6, y=5.2, z=3.2)
    foot = ellipsoid(3.4, 1.8, 0.7, dark, 8).moved(x=0.6, y=6.6, z=0.7)
    arm = rod((4.6, 4.2, 6), (6.4, 5, 0.8), 1.1, dark) + ellipsoid(2, 1.6, 0.6, dark, 8).moved(x=7, y=5, z=0.6)
    return join(body, head, mouth, (eyes + thigh + foot + arm).with_mirrored())


@kind("unicorn toy", split="unseen")
def unicorn_toy() -> Solid:
    """A white horse with a golden horn, a pink mane and a purple tail."""
    body = ellipsoid(7, 3.6, 3.8, WHITE, 14).moved(z=11)
    neck = tube([(5, 0, 12), (7.4, 0, 15), (9, 0, 18)], [2.8, 2.2, 1.9], WHITE)
    head = ellipsoid(3.4, 1.8, 1.9, WHITE).turned("y", 35).moved(x=10.6, z=18)
    horn = rod((10.2, 0, 19.6), (12.4, 0, 25), 0.8, GOLD, radius_end=0.1)
    ears = _cone((8.8, 1.0, 19.6), (8.4, 1.4, 22), 0.7, WHITE).with_mirrored()
    mane = [
        _ball((x, 0, z), r, PINK if k % 2 else (226, 80, 160))
        for k, (x, z, r) in enumerate(
            ((9, 20.6, 1.5), (7.2, 19.6, 1.7), (6, 17.6, 1.8), (4.8, 15.6, 1.8), (3.4, 14.2, 1.5))
        )
    ]
    tail = tube([(-6.6, 0, 12.4), (-9.4, 0, 12.6), (-11, 0, 9), (-10.6, 0, 5)], [0.8, 1.5, 1.7, 0.4], (170, 90, 210))
    return join(
        body, neck, head, horn, ears, *mane, tail, _legs(4.6, -4.6, 2, 9, 1.1, WHITE, PINK), _eyes(11.2, 1.5, 18.8)
    )


@kind("dinosaur figure", split="unseen")
def dinosaur_figure() -> Solid:
    """A green dinosaur with a row of orange plates along its back and a spiked tail."""
    hide = (92, 168, 70)
    spine: list[Point] = [
        (-20, 0, 5), (-14, 0, 6.4), (-8, 0, 8.6), (-2, 0, 10), (4, 0, 9), (9, 0, 7.6), (13, 0, 7.4), (15.4, 0, 7),
    ]  # fmt: skip
    body = tube(spine, [0.4, 1.4, 3.2, 4.8, 4.2, 2.2, 1.9, 1.0], hide, sides=12)
    plates = []
    for x, z, size in (
        (-15, 7, 2.6),
        (-11, 8.8, 3.8),
        (-6.4, 11.8, 5.0),
        (-1.2, 13.6, 5.8),
        (4.4, 12.2, 4.6),
        (8.6, 9.2, 3.0),
    ):
        leaf = extruded(
            [(-size / 2, 0), (size / 2, 0), (size * 0.6, size * 0.5), (0, size), (-size * 0.6, size * 0.5)], 0.9, ORANGE
        )
        plates.append(leaf.turned("x", 90).moved(x=x, y=0.45, z=z - 0.4))
    spikes = [_cone((x, 0.4, 5.4), (x - 1.6, 3, 7), 0.5, CREAM).with_mirrored() for x in (-18.4, -16.2)]
    return join(body, *plates, *spikes, _legs(4.4, -5, 3, 7, 1.5, hide, (60, 120, 48)), _eyes(13.6, 1.4, 8.4, 0.5))


@kind("lion figure", split="unseen")
def lion_figure() -> Solid:
    """A tan lion with a big brown mane around its face and a tufted tail."""
    hide, mane = (226, 172, 88), (138, 74, 30)
    body = ellipsoid(8, 3.6, 3.8, hide, 14).moved(x=-1, z=9.4)
    ruff = ellipsoid(2.8, 5.2, 5.4, mane, 12).moved(x=7, z=12.4) + ellipsoid(3.4, 4, 4.4, mane, 10).moved(x=5, z=11)
    face = ellipsoid(2.6, 2.8, 3.0, hide).moved(x=9, z=12.6) + ellipsoid(1.6, 1.5, 1.3, CREAM, 8).moved(x=11.4, z=11.6)
    nose = _ball((12.8, 0, 12.2), 0.7, (90, 40, 30), 6)
    ears = _ball((7.8, 3.2, 16.8), 1.1, hide).with_mirrored()
    tail = tube([(-8.6, 0, 10.6), (-12, 0, 11), (-14, 0, 9), (-14.4, 0, 6.4)], [0.6, 0.5, 0.5, 0.5], hide)
    tuft = ellipsoid(1.1, 1.1, 1.8, mane, 8).moved(x=-14.4, z=5.6)
    return join(
        body, ruff, face, nose, ears, tail, tuft, _legs(4.4, -6, 2.2, 8, 1.3, hide, CREAM), _eyes(11.1, 1.3, 13.6, 0.45)
    )


@kind("giraffe figure", split="unseen")
def giraffe_figure() -> Solid:
    """A yellow giraffe with brown patches, a very long neck and two small horns."""
    hide, patch = (244, 206, 96), (150, 90, 40)
    body = ellipsoid(6, 3, 3.4, hide, 16).moved(z=13)
    neck = tube(
        [(3.6 + 0.55 * k, 0, 14 + 2.2 * k) for k in range(8)], [2.0, 1.9, 1.7, 1.6, 1.5, 1.4, 1.3, 1.3], hide, sides=10
    )

    def patches(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray(np.sin(1.9 * z + 2.2 * np.sign(y)) * np.cos(1.3 * x + 0.9 * z) > 0.18)

    head = ellipsoid(2.8, 1.4, 1.4, hide, 10).turned("y", 25).moved(x=9, z=30)
    horns = (
        rod((7.4, 0.7, 30.6), (7.2, 0.9, 33), 0.35, hide) + _ball((7.2, 0.9, 33.2), 0.55, patch, 6)
    ).with_mirrored()
    ears = ellipsoid(0.6, 1.5, 0.7, hide, 8).moved(x=7, y=2.0, z=30.6).with_mirrored()
    tail = tube([(-5.6, 0, 14), (-7, 0, 12), (-7.2, 0, 9)], [0.4, 0.3, 0.6], patch)
    legs = _legs(3.8, -3.8, 1.8, 12, 1.0, hide, patch)
    return join((body + neck).painted(patch, patches), head, horns, ears, tail, legs, _eyes(9.6, 1.2, 30.8, 0.3))


@kind("teddy bear")
def teddy_bear() -> Solid:
    """A sitting brown bear with light paws, muzzle and belly and a red bow."""
    fur, light = (166, 108, 62), (230, 196, 150)
    body = ellipsoid(4.6, 5, 5.4, fur, 12).moved(z=5.4) + ellipsoid(1.6, 3.2, 3.4, light, 10).moved(x=3.6, z=5)
    head = ellipsoid(4, 4.4, 4, fur, 12).moved(x=0.4, z=13.4) + ellipsoid(1.7, 2, 1.6, light, 10).moved(x=4, z=12.6)
    ear = _ball((0, 3.6, 16.8), 1.6, fur) + _ball((0.9, 3.6, 16.8), 1.1, light)
    arm = ellipsoid(1.6, 1.6, 3.4, fur, 10).turned("x", -50).moved(x=1.4, y=5.6, z=7.6) + _ball((2, 8, 6), 1.3, light)
    leg = ellipsoid(4, 1.9, 1.9, fur, 10).turned("z", 20).moved(x=4.4, y=3.8, z=1.9)
    sole = ellipsoid(0.8, 1.5, 1.5, light, 10).turned("z", 20).moved(x=8, y=5, z=1.9)
    bow = _cone((3.4, 2.4, 10), (3.4, 0, 10), 1.3, (206, 42, 44)).with_mirrored()
    nose = _ball((5.6, 0, 13.2), 0.7, BLACK, 6)
    return join(body, head, (ear + arm + leg + sole).with_mirrored(), bow, nose, _eyes(4, 1.7, 14.8, 0.45))


@kind("rubber duck")
def rubber_duck() -> Solid:
    """A yellow bath duck with an orange beak and a lifted tail."""
    body = ellipsoid(6.4, 4.8, 4.2, YELLOW, 16).moved(z=4)
    tail = _cone((-4.6, 0, 5.4), (-8.4, 0, 9), 2.6, YELLOW)
    head = ellipsoid(3.6, 3.4, 3.4, YELLOW, 14).moved(x=3.4, z=10.6)
    beak = ellipsoid(2.2, 1.7, 0.7, ORANGE, 10).moved(x=7.2, z=10.2)
    wings = ellipsoid(3.2, 0.9, 2.0, (232, 176, 20), 10).turned("y", 15).moved(x=-1, y=4.6, z=5).with_mirrored()
    return join(body.flattened(0.6), tail, head, beak, wings, _eyes(6, 1.8, 11.8, 0.6)).on_table()
