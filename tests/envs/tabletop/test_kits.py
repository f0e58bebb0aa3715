"""The kitting shapes: closed meshes, symmetries that hold, solid where the cup touches."""

import math

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import make_shape
from leo_agent.envs.procedural.objects.cliport.kits import (
    KITTING_NAMES,
    KITTING_TEST,
    KITTING_TRAIN,
    kitting_hole,
    kitting_shape,
    kitting_symmetry_rad,
)
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.arm import SuctionArm
from leo_agent.envs.tabletop.physics.motions import pick_and_place
from leo_agent.envs.tabletop.physics.physics import Physics
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

INDICES = range(20)


def named(index):
    return KITTING_NAMES[index]


def test_names_and_sets_are_those_of_the_original():
    assert len(set(KITTING_NAMES)) == 20
    assert tuple(INDICES) == KITTING_TRAIN + KITTING_TEST
    assert {KITTING_NAMES[index] for index in KITTING_TEST} == {
        "letter E shape", "letter L shape", "ring", "hexagon", "heart", "letter M shape",
    }  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=named)
def test_meshes_are_closed_point_outward_and_fit_their_size(index):
    for shape in (kitting_shape(index=index), kitting_hole(index=index)):
        edges = np.concatenate([shape.faces[:, [0, 1]], shape.faces[:, [1, 2]], shape.faces[:, [2, 0]]])
        forward, backward = {tuple(edge) for edge in edges}, {tuple(edge[::-1]) for edge in edges}
        assert len(forward) == len(edges)
        assert forward == backward
        corners = shape.vertices[shape.faces].astype(np.float64)
        assert np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() > 0
        assert np.ptp(shape.vertices, axis=0) == pytest.approx(shape.size, abs=1e-6)
        assert shape.vertices[:, 2].max() == pytest.approx(shape.size[2] / 2)
        assert 0.03 < min(shape.size[:2]) <= max(shape.size[:2]) < 0.08
    assert kitting_shape(index=index) is make_shape({"kind": "kitting", "index": index})


@pytest.mark.parametrize("index", INDICES, ids=named)
def test_symmetry_is_the_smallest_turn_after_which_it_looks_the_same(index):
    outline = kitting_shape(index=index).vertices[:, :2].astype(np.float64)
    period = kitting_symmetry_rad(index)

    def turned_by(angle_rad):
        cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
        turned = outline @ np.array([[cosine, sine], [-sine, cosine]])
        return float(np.max(np.min(np.linalg.norm(turned[:, None] - outline[None], axis=2), axis=1)))

    if period == 0:
        assert set(np.hypot(*outline.T).round(6)) <= {0.03, 0.016, 0.0}
    else:
        assert turned_by(period) < 1e-6
        assert all(turned_by(2 * math.pi / part) > 1e-3 for part in range(2, 8) if 2 * math.pi / part < period - 1e-6)


def test_the_cup_lifts_every_shape_at_its_grasp_and_meets_no_invisible_lid():
    for index in INDICES:
        shape = kitting_shape(index=index)
        body = Body(1, shape, "red", Pose((0.45, -0.2, TABLE_TOP_M + 0.01)), 0.1)
        physics = Physics()
        physics.reset([body])
        arm = SuctionArm(physics)
        arm.reset()
        x, y, z = (body.pose @ Pose(shape.grasp)).position
        report = pick_and_place(physics, arm, Pose((x, y, z)), Pose((0.5, 0.2, 0.0)))
        assert report.grasped, shape.name
        assert report.placed
        if shape.name in ("ring", "letter V shape", "letter G shape"):
            physics.reset([body])
            arm.reset()
            inside = {"ring": (0, 0), "letter V shape": (0, 0.02), "letter G shape": (-0.005, 0)}[shape.name]
            hollow = Pose((0.45 + inside[0], -0.2 + inside[1], 0.02))
            assert not pick_and_place(physics, arm, hollow, hollow).grasped
        physics.close()


def test_unknown_shapes_are_refused():
    with pytest.raises(InputError, match="0 to 19"):
        make_shape({"kind": "kitting", "index": 20})
