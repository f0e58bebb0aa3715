"""The expert: a pick and a place that follow from the goals and the true poses, without any search."""

from __future__ import annotations

import math
from collections.abc import Mapping

from leo_agent.envs.geometry import IDENTITY_ROTATION, Pose, quaternion_from_yaw
from leo_agent.envs.tabletop.goals import Goal, Scorekeeper
from leo_agent.envs.tabletop.layout.layout import Body
from leo_agent.envs.tabletop.physics.touch_point import touch_point
from leo_agent.envs.tabletop.workspace import BOUNDS

Action = tuple[Pose, Pose]  # pick, place


def expert_action(bodies: Mapping[int, Body], poses: Mapping[int, Pose], keeper: Scorekeeper) -> Action:
    """Pick the unplaced object farthest from its nearest free target where it is best touched, and place it there.

    The object is turned to the target's yaw where the goal asks for a yaw; the tool picks at yaw 0. Ties go to the
    lower id, so equal states give equal actions. With nothing left to do, the cup touches a free spot of the table.
    """
    goal = None if keeper.done else keeper.goal
    move = _next_move(goal, poses, keeper.rules) if goal is not None else None
    if goal is None or move is None:
        return harmless_action(poses)
    object_index, target_index = move
    object_id = goal.objects[object_index]
    pose, target = poses[object_id], goal.targets[target_index]
    turn_rad, period_rad = 0.0, goal.symmetries_rad[object_index]
    if goal.rotations and period_rad > 0:
        turn_rad = math.remainder(target.yaw_rad - pose.yaw_rad, period_rad)
    touched = touch_point(bodies[object_id].shape, pose)
    offset = Pose((touched[0] - pose.position[0], touched[1] - pose.position[1], 0.0))
    return Pose(touched, IDENTITY_ROTATION), Pose(target.position, quaternion_from_yaw(turn_rad)) @ offset


def _next_move(goal: Goal, poses: Mapping[int, Pose], rules: str) -> tuple[int, int] | None:
    """The object and the target (indices into the goal) to deal with next; None if every object stands well."""
    assigned = goal.assignment(poses, rules)
    taken = set() if goal.replace else {target for target in assigned if target is not None}
    best, best_distance = None, -1.0
    for i, object_id in enumerate(goal.objects):
        free = [j for j in range(len(goal.targets)) if goal.matches[i][j] and j not in taken]
        if assigned[i] is not None or not free:
            continue
        position = poses[object_id].position
        distance, target = min((math.dist(position[:2], goal.targets[j].position[:2]), j) for j in free)
        if distance > best_distance:
            best, best_distance = (i, target), distance
    return best


def harmless_action(poses: Mapping[int, Pose]) -> Action:
    """A touch of the bare table: the corner of the workspace that is farthest from every object."""
    inset = 0.01
    corners = [(float(x), float(y)) for x in BOUNDS[0] + (inset, -inset) for y in BOUNDS[1] + (inset, -inset)]
    spot = max(corners, key=lambda corner: min((math.dist(corner, p.position[:2]) for p in poses.values()), default=0))
    pose = Pose((spot[0], spot[1], 0.0), IDENTITY_ROTATION)
    return pose, pose
