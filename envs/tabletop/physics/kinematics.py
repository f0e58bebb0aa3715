"""Closed-form kinematics of a UR5: forward by its DH parameters, inverse with all eight branches.

Frames: the base frame of the DH chain is the world frame, because CLIPort stands the arm at the origin turned by 180
degrees. The tool frame lies 0.12 m beyond the flange; its identity orientation points straight down.
Source of the parameters: Universal Robots' published DH table; of the inverse: Hawkins, "Analytic inverse kinematics
for the Universal Robots UR-5/UR-10 arms", 2013.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.envs.geometry import Pose

Matrix = NDArray[np.float64]

LINK_LENGTHS_M = (0.0, -0.425, -0.39225, 0.0, 0.0, 0.0)
LINK_OFFSETS_M = (0.089159, 0.0, 0.0, 0.10915, 0.09465, 0.0823)
LINK_TWISTS_RAD = (math.pi / 2, 0.0, 0.0, math.pi / 2, -math.pi / 2, 0.0)
TOOL_LENGTH_M = 0.12

HOME_JOINTS_RAD = math.pi * np.array([-1.0, -0.5, 0.5, -0.5, -0.5, 0.0])
SINGULAR = 1e-9

# The flange at the tool's identity orientation: x along -y of the world, y along -x, z down.
_R_TOOL_FLANGE = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])


def _transform(angle: float, length: float, offset: float, twist: float) -> Matrix:
    c, s, ct, st = math.cos(angle), math.sin(angle), math.cos(twist), math.sin(twist)
    return np.array(
        [[c, -s * ct, s * st, length * c], [s, c * ct, -c * st, length * s], [0, st, ct, offset], [0, 0, 0, 1.0]]
    )


def _joint_transform(index: int, angle: float) -> Matrix:
    return _transform(angle, LINK_LENGTHS_M[index], LINK_OFFSETS_M[index], LINK_TWISTS_RAD[index])


def link_frames(joints_rad: ArrayLike) -> Matrix:
    """T_world_link (7, 4, 4) of the base and the six DH frames; the last is the flange."""
    frames = [np.eye(4)]
    for index, angle in enumerate(np.asarray(joints_rad)):
        frames.append(frames[-1] @ _joint_transform(index, float(angle)))
    return np.stack(frames)


def flange_of_tool(tool: Pose) -> Matrix:
    """T_world_flange (4, 4) that brings the tool's tip to the pose `tool`."""
    flange = tool.matrix()
    flange[:3, :3] = flange[:3, :3] @ _R_TOOL_FLANGE
    flange[:3, 3] -= TOOL_LENGTH_M * flange[:3, 2]
    return flange


def tool_tip(joints_rad: ArrayLike) -> NDArray[np.float64]:
    """Position (3,) of the tool's tip, metres."""
    flange = link_frames(joints_rad)[-1]
    return np.asarray(flange[:3, 3] + TOOL_LENGTH_M * flange[:3, 2])


def inverse_kinematics(T_world_flange: Matrix) -> list[NDArray[np.float64]]:
    """All joint vectors (6,) in [-pi, pi) that bring the flange there, at most eight; empty if it is out of reach."""
    _, _, _, d4, _, d6 = LINK_OFFSETS_M
    T = np.asarray(T_world_flange, np.float64)
    x, y, _ = T[:3, 3] - d6 * T[:3, 2]
    radius = math.hypot(x, y)
    if radius < abs(d4):
        return []
    solutions = []
    for side in (1, -1):
        q1 = math.atan2(y, x) + side * math.acos(d4 / radius) + math.pi / 2
        cosine = (T[0, 3] * math.sin(q1) - T[1, 3] * math.cos(q1) - d4) / d6
        if abs(cosine) > 1 + SINGULAR:
            continue
        for flip in (1, -1):
            q5 = flip * math.acos(max(-1.0, min(1.0, cosine)))
            solutions += _with_wrist(T, q1, q5)
    return [(solution + math.pi) % (2 * math.pi) - math.pi for solution in solutions]


def _with_wrist(T: Matrix, q1: float, q5: float) -> list[NDArray[np.float64]]:
    """Both elbow branches for a given shoulder pan and second wrist angle."""
    s1, c1, s5 = math.sin(q1), math.cos(q1), math.sin(q5)
    if abs(s5) < SINGULAR:
        q6 = 0.0  # the two wrist axes are parallel: any split of the angle does
    else:
        q6 = math.atan2((-T[0, 1] * s1 + T[1, 1] * c1) / s5, (T[0, 0] * s1 - T[1, 0] * c1) / s5)
    T_1_4 = (
        np.linalg.inv(_joint_transform(0, q1)) @ T @ np.linalg.inv(_joint_transform(4, q5) @ _joint_transform(5, q6))
    )
    x, y, _ = T_1_4[:3, 3] - LINK_OFFSETS_M[3] * T_1_4[:3, 1]
    a2, a3 = LINK_LENGTHS_M[1], LINK_LENGTHS_M[2]
    cosine = (x * x + y * y - a2 * a2 - a3 * a3) / (2 * a2 * a3)
    if abs(cosine) > 1:
        return []
    solutions = []
    for q3 in (math.acos(cosine), -math.acos(cosine)):
        q2 = math.atan2(y, x) - math.atan2(a3 * math.sin(q3), a2 + a3 * math.cos(q3))
        T_1_3 = _joint_transform(1, q2) @ _joint_transform(2, q3)
        T_3_4 = np.linalg.inv(T_1_3) @ T_1_4
        q4 = math.atan2(T_3_4[1, 0], T_3_4[0, 0])
        solutions.append(np.array([q1, q2, q3, q4, q5, q6]))
    return solutions


def nearest_solution(tool: Pose, joints_rad: ArrayLike = HOME_JOINTS_RAD) -> NDArray[np.float64] | None:
    """The joint vector (6,) nearest to `joints_rad` that brings the tool's tip there; None if it is out of reach."""
    solutions = inverse_kinematics(flange_of_tool(tool))
    if not solutions:
        return None
    difference = (np.stack(solutions) - np.asarray(joints_rad) + math.pi) % (2 * math.pi) - math.pi
    return np.asarray(np.asarray(joints_rad) + difference[int(np.argmin(np.abs(difference).sum(axis=1)))])
