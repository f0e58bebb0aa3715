"""Kinematics of the arm, what the cup does when it touches this or that, and how the spatula pushes."""

import math

import numpy as np
import pytest

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import block, bowl, box
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.arm import PARKED_JOINTS_RAD, SuctionArm
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.physics.kinematics import (
    HOME_JOINTS_RAD,
    flange_of_tool,
    inverse_kinematics,
    link_frames,
    nearest_solution,
    tool_tip,
)
from leo_agent.envs.tabletop.physics.motions import MOST_LAG_M, pick_and_place, push
from leo_agent.envs.tabletop.physics.physics import SETTLE_MAX_STEPS, TIME_STEP_S, Physics
from leo_agent.envs.tabletop.physics.spatula import (
    BLADE_THICKNESS_M,
    BLADE_WIDTH_M,
    PUSH_ACCELERATION_MPS2,
    PUSH_SPEED_MPS,
    SpatulaArm,
)
from leo_agent.envs.tabletop.tools import TOOLS
from leo_agent.envs.tabletop.visuals.arm_model import link_meshes
from leo_agent.envs.tabletop.visuals.cameras import CAMERAS, pixel_points
from leo_agent.envs.tabletop.visuals.view import ROBOT_SEGMENT, TabletopView
from leo_agent.envs.tabletop.workspace import BOUNDS, TABLE_TOP_M


def test_tip_at_home_is_where_the_original_has_it():
    assert tool_tip(HOME_JOINTS_RAD) == pytest.approx([0.487, 0.109, 0.312], abs=1e-3)


def test_inverse_kinematics_undoes_forward_kinematics():
    rng = np.random.default_rng(0)
    for _ in range(50):
        joints = rng.uniform(-math.pi, math.pi, 6)
        flange = link_frames(joints)[-1]
        solutions = inverse_kinematics(flange)
        errors = [np.abs((solution - joints + math.pi) % (2 * math.pi) - math.pi).max() for solution in solutions]
        assert min(errors) < 1e-6
        for solution in solutions:
            assert np.allclose(link_frames(solution)[-1], flange, atol=1e-9)


def test_every_place_of_the_workspace_is_in_reach_of_the_table():
    for x in np.linspace(*BOUNDS[0], 6):
        for y in np.linspace(*BOUNDS[1], 11):
            assert nearest_solution(Pose((x, y, 0.04))) is not None
    assert nearest_solution(Pose((1.2, 0.0, 0.1))) is None


def test_tool_points_down_with_its_yaw():
    flange = flange_of_tool(Pose((0.5, 0.1, 0.2), quaternion_from_yaw(0.7)))
    assert flange[:3, 2] == pytest.approx([0, 0, -1])
    assert flange[:3, 3] == pytest.approx([0.5, 0.1, 0.32])


@pytest.mark.parametrize("tool", TOOLS)
def test_parked_arm_hides_nothing_of_the_workspace(tool):
    scene = TabletopView()
    scene.reset((), tool)
    scene.update({}, PARKED_JOINTS_RAD)
    inset = 0.005
    for camera in CAMERAS:
        frame = scene.render(camera)
        robot = frame.segmentation == ROBOT_SEGMENT
        assert robot.any()
        eye = camera.T_world_camera[:3, 3]
        directions = pixel_points(np.ones_like(frame.depth), *np.nonzero(robot), camera) - eye
        for height in (0.0, 0.05, 0.1):
            distance = (height - eye[2]) / np.minimum(directions[:, 2], -1e-9)
            hidden = eye[:2] + distance[:, None] * directions[:, :2]
            inside = ((hidden > BOUNDS[:2, 0] + inset) & (hidden < BOUNDS[:2, 1] - inset)).all(axis=1)
            assert not inside.any(), (camera.name, height)


def resting(object_id, shape, x, y, fixed=False, mass_kg=0.01):
    return Body(object_id, shape, "red", Pose((x, y, TABLE_TOP_M + shape.size[2] / 2)), mass_kg, fixed)


@pytest.fixture
def table():
    physics = Physics()
    arm = SuctionArm(physics)
    bodies = [
        resting(1, bowl(), 0.5, -0.2, fixed=True),
        resting(2, block(), 0.5, 0.2),
        resting(3, bowl(), 0.4, 0.35, mass_kg=0.1),
        resting(4, block(), 0.719, 0.469),
    ]
    physics.reset(bodies)
    arm.reset()
    assert physics.settle()
    yield physics, arm
    physics.close()


def test_objects_rest_on_the_table_as_in_the_original(table):
    physics, _ = table
    assert physics.pose(2).position == pytest.approx((0.5, 0.2, 0.019), abs=3e-4)


def test_a_block_is_carried_turned_and_laid_into_a_bowl(table):
    physics, arm = table
    place = Pose((0.5, -0.2, 0.0), quaternion_from_yaw(0.5))
    report = pick_and_place(physics, arm, Pose((0.5, 0.2, 0.04)), place)
    assert report.grasped
    assert report.placed
    assert (report.object_id, report.reason) == (2, "")
    assert physics.settle()
    pose = physics.pose(2)
    assert pose.position[:2] == pytest.approx((0.5, -0.2), abs=0.01)
    assert TABLE_TOP_M + 0.02 < pose.position[2] < 0.035
    assert pose.yaw_rad % (math.pi / 2) == pytest.approx(0.5, abs=0.1)


def test_a_far_block_is_carried_from_the_edge_of_the_workspace(table):
    physics, arm = table
    report = pick_and_place(physics, arm, Pose((0.719, 0.469, 0.04)), Pose((0.5, -0.2, 0.0)))
    physics.settle()
    assert report.placed
    assert math.dist(physics.pose(4).position[:2], (0.5, -0.2)) < 0.02


@pytest.mark.parametrize(
    ("pick", "object_id", "words"),
    [((0.6, 0.0), -1, "nothing under the cup"), ((0.5, -0.2), 1, "fixed")],
)
def test_what_cannot_be_picked_is_said(table, pick, object_id, words):
    physics, arm = table
    before = physics.poses()
    report = pick_and_place(physics, arm, Pose((*pick, 0.05)), Pose((0.3, 0.0, 0.0)))
    assert not report.grasped
    assert not report.placed
    assert report.object_id == object_id
    assert words in report.reason
    physics.settle()
    assert not any(pose.moved_from(before[key], 1e-3, 0.05) for key, pose in physics.poses().items())


def test_a_bowl_that_is_no_target_can_be_moved(table):
    physics, arm = table
    report = pick_and_place(physics, arm, Pose((0.4, 0.35, 0.05)), Pose((0.35, 0.0, 0.0)))
    physics.settle()
    assert report.placed
    assert physics.pose(3).position == pytest.approx((0.35, 0.0, TABLE_TOP_M + 0.0175), abs=2e-3)


def test_unreachable_places_end_the_action_with_a_reason(table):
    physics, arm = table
    pick = pick_and_place(physics, arm, Pose((1.2, 0.0, 0.05)), Pose((0.4, 0.0, 0.0)))
    assert "unreachable" in pick.reason
    place = pick_and_place(physics, arm, Pose((0.5, 0.2, 0.04)), Pose((1.2, 0.0, 0.0)))
    assert place.grasped
    assert not place.placed
    assert "unreachable" in place.reason
    assert physics.steps < 4 * SETTLE_MAX_STEPS


def carried_past(obstacle, pick_x, mass_kg=0.01):
    """What is reported of a block that is picked at (pick_x, 0.2) and brought to y = -0.2, and its pose afterwards."""
    physics = Physics()
    arm = SuctionArm(physics)
    physics.reset([resting(1, block(), 0.5, 0.2, mass_kg=mass_kg), *obstacle])
    arm.reset()
    assert physics.settle()
    report = pick_and_place(physics, arm, Pose((pick_x, 0.2, 0.04)), Pose((pick_x, -0.2, 0.0)))
    assert physics.steps < SETTLE_MAX_STEPS
    assert physics.settle()
    pose = physics.pose(1)
    physics.close()
    return report, pose


@pytest.mark.parametrize(("wall_y", "mass_kg"), [(0.0, 0.01), (-0.1, 0.01), (None, 20.0)])
def test_what_blocks_the_way_of_a_carry_or_weighs_too_much_is_said(wall_y, mass_kg):
    """The wall is higher than the arm reaches; twenty kilograms are more than its tool can hold."""
    wall = box(size=(0.6, 0.02, 1.2), name="wall")
    walls = [] if wall_y is None else [resting(2, wall, 0.5, wall_y, fixed=True)]
    report, pose = carried_past(walls, pick_x=0.5, mass_kg=mass_kg)
    assert (report.grasped, report.placed, report.object_id) == (True, False, 1)
    assert report.reason.startswith("something holds the object back: the cup is ")
    assert float(report.reason.split()[-3]) >= MOST_LAG_M
    stopped_y = 0.2 if wall_y is None else wall_y + 0.01 + 0.02  # the wall's half thickness and the block's half side
    assert pose.position == pytest.approx((0.5, stopped_y, 0.019), abs=5e-3)


def test_a_cup_that_lands_on_something_beside_the_object_is_said():
    """The cup holds the block at its edge and comes down on a post half a millimetre beside it."""
    post = resting(2, box(size=(0.02, 0.02, 0.1), name="post"), 0.5305, -0.2, fixed=True)
    report, pose = carried_past([post], pick_x=0.5203)
    assert (report.grasped, report.placed, report.object_id) == (True, False, 1)
    assert report.reason == "nothing under the held object"
    assert pose.position == pytest.approx((0.5, -0.2, 0.019), abs=2e-3)
    assert carried_past([], pick_x=0.5203)[0].placed


def test_a_block_let_go_in_the_air_falls_and_comes_to_rest():
    physics = Physics()
    physics.reset([Body(1, block(), "red", Pose((0.5, 0.0, 0.15)), 0.01)])
    SuctionArm(physics).reset()
    assert physics.settle()
    assert physics.pose(1).position[2] == pytest.approx(0.019, abs=1e-3)
    physics.close()


@pytest.mark.parametrize("roll", [(0.0, 0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 0.0)], ids=["upright", "upside down"])
def test_a_bowl_collides_with_all_its_parts(roll):
    physics = Physics()
    physics.reset([Body(1, bowl(), "red", Pose((0.5, 0.0, 0.03), roll), 0.1)])
    SuctionArm(physics).reset()
    assert physics.settle()
    assert physics.pose(1).position[2] == pytest.approx(TABLE_TOP_M + 0.0175, abs=1.5e-3)
    physics.close()


@pytest.fixture
def sweeping():
    """A table with two blocks, the arm with the spatula, and where its blade was after every step."""
    physics = Physics()
    arm = SpatulaArm(physics)
    physics.reset([resting(1, block(), 0.5, 0.0), resting(2, block(), 0.6, 0.3)])
    arm.reset()
    assert physics.settle()
    blade = max(range(pybullet.getNumBodies(physicsClientId=physics.client)))
    way = []
    physics.watcher = lambda: way.append(
        pybullet.getBasePositionAndOrientation(blade, physicsClientId=physics.client)[0]
    )
    yield physics, arm, way
    physics.close()


def test_a_push_goes_straight_from_before_its_start_to_before_its_end(sweeping):
    physics, arm, way = sweeping
    start, end = np.array((0.4, -0.3)), np.array((0.7, 0.1))
    report = push(physics, arm, Pose((*start, 0.2)), Pose((*end, 0.1)))
    assert (report.placed, report.grasped, report.object_id, report.reason) == (True, False, -1, "")
    along = (end - start) / np.linalg.norm(end - start)
    low = np.array([position for position in way if position[2] < 0.0055])
    aside = (low[:, :2] - start) @ (-along[1], along[0])
    assert np.abs(aside).max() < 1e-3
    assert low[0, :2] == pytest.approx(start - 0.02 * along, abs=1e-3)
    assert low[-1, :2] == pytest.approx(end - 0.05 * along, abs=1e-3)
    assert low[:, 2].min() > 0.0045
    speeds = np.linalg.norm(np.diff(low[:, :2], axis=0), axis=1) / TIME_STEP_S
    assert speeds.max() == pytest.approx(PUSH_SPEED_MPS, rel=0.02)
    assert np.abs(np.diff(speeds)).max() < 2 * PUSH_ACCELERATION_MPS2 * TIME_STEP_S


def test_a_pushed_block_goes_with_the_blade_and_stops_with_it(sweeping):
    physics, arm, _ = sweeping
    assert push(physics, arm, Pose((0.5, -0.05, 0.0)), Pose((0.5, 0.2, 0.0))).placed
    assert physics.settle()
    assert physics.pose(1).position == pytest.approx((0.5, 0.15 + BLADE_THICKNESS_M / 2 + 0.02, 0.019), abs=2e-3)
    assert physics.pose(2).position[:2] == pytest.approx((0.6, 0.3), abs=1e-4)


def test_a_blade_that_lands_on_a_block_ends_its_way_in_bounded_time(sweeping):
    physics, arm, way = sweeping
    report = push(physics, arm, Pose((0.5, 0.02, 0.0)), Pose((0.5, 0.3, 0.0)))
    assert report.placed
    assert physics.settle()
    assert len(way) < SETTLE_MAX_STEPS
    assert np.abs(np.array(physics.pose(1).position) - (0.5, 0.1, 0.02)).max() < 0.2


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((1.2, 0.0), (0.5, 0.0), "start of the push is unreachable"),
        ((0.5, 0.0), (1.3, 0.0), "unreachable"),
        ((0.5, 0.0), (0.5, 0.0), "0.000 m apart, expected more than 0.030 m"),
    ],
)
def test_a_push_that_cannot_be_says_why(sweeping, start, end, words):
    physics, arm, way = sweeping
    report = push(physics, arm, Pose((*start, 0.0)), Pose((*end, 0.0)))
    assert words in report.reason
    assert not report.placed
    assert not way


def test_the_blade_that_is_drawn_is_the_one_that_pushes():
    tip = Pose((0.5, 0.1, 0.1), quaternion_from_yaw(0.4))
    hand = link_frames(nearest_solution(tip))[-1]
    vertices = link_meshes(ROBOT_SEGMENT, "spatula")[-1].vertices @ hand[:3, :3].T + hand[:3, 3]
    edge = (vertices[vertices[:, 2] < 0.1] - tip.position) @ tip.matrix()[:3, :3]
    assert edge.min(axis=0) == pytest.approx((-BLADE_THICKNESS_M / 2, -BLADE_WIDTH_M / 2, -0.005), abs=1e-6)
    assert edge.max(axis=0) == pytest.approx((BLADE_THICKNESS_M / 2, BLADE_WIDTH_M / 2, -0.005), abs=1e-6)
