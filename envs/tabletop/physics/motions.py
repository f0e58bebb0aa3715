"""The motion primitives: pick where the cup touches and place where the held object touches; push with a blade."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.tabletop.physics.arm import CARRY_SPEED_MPS, SuctionArm
from leo_agent.envs.tabletop.physics.physics import TABLE_ID, Physics
from leo_agent.envs.tabletop.physics.spatula import BLADE_WIDTH_M, SpatulaArm
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

HOVER_M = 0.32  # how far above a pick or place pose the tool starts
APPROACH_M = 0.005  # gap to the highest box below at which the slow descent begins
CARRY_CLEARANCE_M = 0.02
NOTHING = -1  # in the place of an object's id: an int like the others, since vector environments stack them
MOST_LAG_M = 0.03  # of the cup behind its command after a carry; the mount gives way when the way is blocked
PUSH_HEIGHT_M = 0.005  # of the tip; the blade's edge then touches the visible table
PUSH_START_BACK_M = 0.02  # how far before the start of an action the blade comes down
PUSH_END_BACK_M = 0.05  # how far before the end of an action the blade stops


@dataclass(frozen=True)
class ActionReport:
    """What an action did."""

    grasped: bool  # never by a push
    placed: bool  # of a push: the blade went its whole way
    object_id: int  # what the cup touched, or NOTHING
    reason: str  # why it was not completed, "" if it was


def pick_and_place(physics: Physics, arm: SuctionArm, pick: Pose, place: Pose) -> ActionReport:
    """Lower the cup over `pick` until it touches, hold what is there, carry it over `place`, lower and let go.

    Only the yaw of the two rotations is used: the tool points down, and the object turns by the difference. The
    heights only set where the descents start. The arm is parked afterwards; objects may still be moving.
    """
    report = _pick(physics, arm, _upright(pick))
    if report.grasped:
        reason = _place(physics, arm, _upright(place))
        report = ActionReport(True, not reason, report.object_id, reason)
    arm.park()
    return report


def _upright(pose: Pose) -> Pose:
    return Pose(pose.position, quaternion_from_yaw(pose.yaw_rad))


def _at_height(pose: Pose, height_m: float) -> Pose:
    return Pose((pose.position[0], pose.position[1], height_m), pose.rotation)


def _pick(physics: Physics, arm: SuctionArm, pick: Pose) -> ActionReport:
    lowest = arm.lowest_m
    hover = arm.reachable_height(_at_height(pick, pick.position[2] + HOVER_M), lowest)
    if hover is None or not arm.reachable(_at_height(pick, max(0.0, lowest))):
        return ActionReport(False, False, NOTHING, "the pick position is unreachable")
    xy = np.array(pick.position[:2])
    start = min(hover, physics.top_within(xy - APPROACH_M, xy + APPROACH_M) + APPROACH_M)
    arm.jump(_at_height(pick, start))
    if not arm.descend(lowest, lambda: bool(arm.touched())):
        return ActionReport(False, False, NOTHING, "nothing under the cup")
    contact = min(arm.touched(), key=lambda point: (point.gap_m, point.object_id))
    if contact.object_id == TABLE_ID:
        return ActionReport(False, False, NOTHING, "nothing under the cup: it touched the table")
    if not physics.is_movable(contact.object_id):
        return ActionReport(False, False, contact.object_id, "the object under the cup is fixed")
    arm.hold(contact.object_id)
    return ActionReport(True, False, contact.object_id, "")


def _place(physics: Physics, arm: SuctionArm, place: Pose) -> str:
    """Carry the held object over and put it down. Returns why it could not be placed, or an empty string."""
    grip = arm.grip
    assert grip is not None
    everywhere = np.full(2, np.inf)
    clear = physics.top_within(-everywhere, everywhere, ignored=grip.object_id) + grip.depth_m + CARRY_CLEARANCE_M
    lift = arm.reachable_height(_at_height(arm.tip, clear), arm.tip.position[2])
    over = arm.reachable_height(_at_height(place, clear), arm.lowest_m + grip.depth_m)
    if lift is None or over is None:
        return "the place position is unreachable with this object"
    height = min(lift, over)
    arm.carry(_at_height(arm.tip, height))
    arm.carry(_at_height(place, height))
    low, high = physics.bounds(grip.object_id)
    top = physics.top_within(low[:2], high[:2], ignored=grip.object_id)
    near = max(TABLE_TOP_M, top) + APPROACH_M + arm.tip.position[2] - float(low[2])
    if arm.lag_m > MOST_LAG_M:
        return f"something holds the object back: the cup is {arm.lag_m:.2f} m behind"
    arm.descend(near, arm.held_touches, speed_mps=CARRY_SPEED_MPS / 2)
    if not arm.held_touches() and not arm.descend(arm.lowest_m, arm.held_touches):
        return "nothing under the held object"
    return ""


def push(physics: Physics, arm: SpatulaArm, start: Pose, end: Pose) -> ActionReport:
    """Slide the blade, which stands across the way, straight from 2 cm before `start` to 5 cm before `end`.

    Heights and rotations are not looked at. The two distances are the original's, whose blade leaves the straight line
    by up to 25 mm; this one stays on it. The arm is parked afterwards; objects may still be moving.
    """
    reason = _push(physics, arm, np.array(start.position[:2]), np.array(end.position[:2]))
    arm.park()
    return ActionReport(False, not reason, NOTHING, reason)


def _push(physics: Physics, arm: SpatulaArm, start: NDArray[np.float64], end: NDArray[np.float64]) -> str:
    """Returns why there was no push, or an empty string."""
    distance = float(np.linalg.norm(end - start))
    shortest = PUSH_END_BACK_M - PUSH_START_BACK_M
    if distance <= shortest:
        return f"no push: its start and end are {distance:.3f} m apart, expected more than {shortest:.3f} m"
    along = (end - start) / distance
    rotation = quaternion_from_yaw(math.atan2(along[1], along[0]))
    first, last = start - PUSH_START_BACK_M * along, end - PUSH_END_BACK_M * along
    way = [Pose((float(x), float(y), PUSH_HEIGHT_M), rotation) for x, y in (first, (first + last) / 2, last)]
    for name, pose in zip(("start", "middle", "end"), way, strict=True):
        if not arm.reachable(pose):
            return f"the {name} of the push is unreachable"
    top = physics.top_within(first - BLADE_WIDTH_M / 2, first + BLADE_WIDTH_M / 2)
    hover = arm.reachable_height(_at_height(way[0], top + PUSH_HEIGHT_M + APPROACH_M), PUSH_HEIGHT_M)
    assert hover is not None  # the pose itself is in reach
    arm.jump(_at_height(way[0], hover))
    arm.descend(PUSH_HEIGHT_M, lambda: False)
    arm.slide(way[-1])
    return ""
