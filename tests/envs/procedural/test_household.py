"""The catalogue of household things: names, meshes, hulls and footprints, distinct looks, and rest on the table."""

import json
import math

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose, tilt_of
from leo_agent.envs.procedural.objects import make_shape
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS, household, real_side_m
from leo_agent.envs.procedural.objects.household.forms import box, extruded, laid
from leo_agent.envs.procedural.objects.household.solid import closed_solid
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.arm import SuctionArm
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.physics.motions import pick_and_place
from leo_agent.envs.tabletop.physics.physics import Physics
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

NAMES = SEEN_KINDS + UNSEEN_KINDS
SIDES_M = (0.075, 0.16)  # the longest sides that CLIPort's packing gives its objects
RED, BLUE = (255, 0, 0), (0, 0, 255)


def of_unit_size(name):
    return household(name=name, longest_side_m=1.0)


def test_there_are_as_many_kinds_as_in_cliport_and_no_name_twice():
    print(f"{len(SEEN_KINDS)} seen, {len(UNSEEN_KINDS)} unseen kinds")
    assert len(SEEN_KINDS) >= 56
    assert len(UNSEEN_KINDS) >= 19
    assert len(set(NAMES)) == len(NAMES)
    assert list(SEEN_KINDS) == sorted(SEEN_KINDS)
    assert all(name == name.lower().strip() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_its_mesh_is_closed_faces_outward_and_is_centred(name):
    shape = household(name=name, longest_side_m=0.12)
    assert shape.name == name
    assert shape.vertices.dtype == np.float32
    assert shape.faces.dtype == np.int32
    assert np.isfinite(shape.vertices).all()
    assert len(shape.faces) <= 1500
    assert shape.colors.shape == (len(shape.faces), 3)
    assert shape.colors.dtype == np.uint8
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    assert np.abs(low + high).max() < 1e-6
    np.testing.assert_allclose(high - low, shape.size, atol=1e-7)
    assert max(shape.size) == pytest.approx(0.12, abs=1e-6)
    a, b, c = (shape.vertices[shape.faces[:, k]].astype(np.float64) for k in range(3))
    assert np.einsum("fi,fi->", a, np.cross(b, c)) > 0
    areas = np.cross(b - a, c - a)  # those of a closed surface cancel out
    assert np.linalg.norm(areas.sum(axis=0)) < 1e-4 * np.linalg.norm(areas, axis=1).sum()


@pytest.mark.parametrize("name", NAMES)
def test_hull_and_footprint_hold_the_mesh(name):
    shape = of_unit_size(name)
    assert 4 <= len(shape.hull) <= 100
    directions = np.random.default_rng(0).normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    gap = (directions @ shape.vertices.T).max(axis=1) - (directions @ shape.hull.T).max(axis=1)
    assert gap.max() < 0.006
    assert gap.min() > -1e-6
    corners = shape.footprint
    assert 3 <= len(corners) <= 16
    edges = np.roll(corners, -1, axis=0) - corners
    following = np.roll(edges, -1, axis=0)
    assert (edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all()
    outward = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    beyond = shape.vertices[:, :2].astype(np.float64) @ outward.T - np.einsum("ki,ki->k", corners, outward)
    assert beyond.max() < 1e-6
    assert shape.placement_size == shape.size[:2]


def look(name):
    """Shares of the surface in 64 colours, then the bounding box's sides."""
    shape = of_unit_size(name)
    a, b, c = (shape.vertices[shape.faces[:, k]] for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    bins = (shape.colors // 64).astype(int) @ (16, 4, 1)
    return np.concatenate([np.bincount(bins, areas, minlength=64) / areas.sum(), np.sort(shape.size)])


def test_no_two_things_look_alike():
    looks = np.array([look(name) for name in NAMES])
    apart = np.abs(looks[:, None] - looks[None]).sum(axis=2) + 9 * np.eye(len(NAMES))
    first, second = np.unravel_index(apart.argmin(), apart.shape)
    print(f"most alike: {NAMES[first]} and {NAMES[second]}, {apart.min():.2f}")
    assert apart.min() > 0.05


@pytest.mark.parametrize("side_m", SIDES_M)
def test_all_rest_on_the_table_within_3_seconds_and_can_be_touched_from_above(side_m):
    bodies = []
    for number, name in enumerate(NAMES):
        shape = household(name=name, longest_side_m=side_m)
        place = (0.4 * (number % 12), 0.4 * (number // 12), TABLE_TOP_M + shape.size[2] / 2 + 0.002)
        bodies.append(Body(number + 1, shape, None, Pose(place), mass_kg=0.1))
    physics = Physics()
    physics.reset(bodies)
    for _ in range(720):
        physics.step()
    worst_tilt_deg, lowest_m, worst_top_m = 0.0, math.inf, math.inf
    for body in bodies:
        pose = physics.pose(body.object_id)
        velocity = pybullet.getBaseVelocity(physics.handle(body.object_id), physicsClientId=physics.client)
        T = pose.matrix()
        underside = float((body.shape.vertices @ T[:3, :3].T + T[:3, 3])[:, 2].min())
        x, y, z = pose.position
        hit = pybullet.rayTest((x, y, 1.0), (x, y, -0.1), physicsClientId=physics.client)[0]
        assert np.linalg.norm(velocity[0]) < 0.005, body.shape.name
        assert np.linalg.norm(velocity[1]) < 0.1, body.shape.name
        assert math.degrees(tilt_of(pose.rotation)) < 8, body.shape.name
        assert underside > TABLE_TOP_M - 0.001, body.shape.name
        assert hit[0] == physics.handle(body.object_id), body.shape.name
        assert hit[3][2] > z, body.shape.name
        worst_tilt_deg = max(worst_tilt_deg, math.degrees(tilt_of(pose.rotation)))
        lowest_m = min(lowest_m, underside - TABLE_TOP_M)
        worst_top_m = min(worst_top_m, hit[3][2] - TABLE_TOP_M)
    physics.close()
    print(
        f"{side_m * 1000:.0f} mm: greatest tilt {worst_tilt_deg:.1f} degrees, deepest {lowest_m * 1000:+.2f} mm from "
        f"the table, lowest top over the centre {worst_top_m * 1000:.1f} mm"
    )


def test_the_cup_lifts_each_by_its_middle_and_puts_it_down_at_rest():
    physics = Physics()
    arm = SuctionArm(physics)
    farthest_m = 0.0
    for name in NAMES:
        shape = household(name=name, longest_side_m=0.1)
        start = Pose((0.45, -0.2, TABLE_TOP_M + shape.size[2] / 2))
        physics.reset([Body(1, shape, None, start, mass_kg=0.1)])
        arm.reset()
        assert physics.settle(), name
        x, y, _ = physics.pose(1).position
        report = pick_and_place(physics, arm, Pose((x, y, 0.0)), Pose((0.5, 0.2, 0.0)))
        assert report.grasped, name
        assert report.placed, name
        assert physics.settle(), name
        farthest_m = max(farthest_m, math.dist(physics.pose(1).position[:2], (0.5, 0.2)))
    physics.close()
    print(f"put down at most {farthest_m * 1000:.1f} mm from where it should be")
    assert farthest_m < 0.02


def test_a_shape_is_made_anew_from_its_recipe():
    shape = household(name="red and white striped towel", longest_side_m=0.11)
    stored = json.loads(json.dumps(dict(shape.recipe)))
    assert stored == {"kind": "household", "name": "red and white striped towel", "longest_side_m": 0.11}
    assert make_shape(stored) is shape
    assert 0.2 < real_side_m(shape.name) < 0.4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"name": "unobtainium", "longest_side_m": 0.1}, "found the name 'unobtainium'"),
        ({"name": "hammer", "longest_side_m": math.nan}, "longest_side_m is nan, expected float"),
        ({"name": "hammer", "longest_side_m": -0.1}, "longest_side_m: found -0.1, expected a number above 0"),
        ({"name": "hammer", "longest_side_m": 3.0}, "longest_side_m: found 3.0, expected a number above 0, at most 2"),
        ({"name": "hammer", "longest_side_m": "long"}, "longest_side_m is 'long'"),
        ({"name": "hammer"}, "missing a required argument"),
    ],
)
def test_wrong_parameters_are_reported(parameters, message):
    with pytest.raises(InputError, match=message):
        make_shape({"kind": "household", **parameters})


def test_bands_are_cut_where_they_should_be():
    cube = box(2, 2, 2, RED).banded((0, 0, 1.0), [0.5, 1.5], [None, BLUE, None])
    corners = cube.vertices[cube.faces]
    heights = corners[..., 2]
    blue = (cube.colors == BLUE).all(axis=1)
    assert heights[blue].min() == pytest.approx(0.5)
    assert heights[blue].max() == pytest.approx(1.5)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert areas[blue].sum() == pytest.approx(8.0)
    assert areas.sum() == pytest.approx(24.0)
    assert cube.volume() == pytest.approx(8.0)


def test_outlines_of_any_form_are_filled_and_inward_faces_turned():
    horseshoe = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
    assert extruded(horseshoe, 2.0, RED).volume() == pytest.approx(14.0)
    assert extruded(horseshoe[::-1], 2.0, RED).volume() == pytest.approx(14.0)
    solid = box(1, 1, 1, RED)
    assert closed_solid(solid.vertices, solid.faces[:, ::-1], RED).volume() == pytest.approx(1.0)


def test_a_tapered_body_is_laid_on_its_side():
    cone = laid([(0, 0), (2, 0), (1, 10), (0, 10)], RED, segments=16)
    resting = cone.vertices[cone.vertices[:, 2] < 1e-6]
    assert len(resting) == 4  # a facet from end to end
    assert np.ptp(resting[:, 0]) > 9.9
