"""The arm, and the arm with its suction cup: moved kinematically in free space, simulated where it touches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.geometry import Pose, quaternion_from_yaw
from leo_agent.envs.procedural.objects import CollisionPart
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.physics.kinematics import HOME_JOINTS_RAD, nearest_solution
from leo_agent.envs.tabletop.physics.physics import TIME_STEP_S, Contact, Physics
from leo_agent.envs.tabletop.stopwatch import Stopwatch
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

TIP_RADIUS_M = 0.001
TIP_LENGTH_M = 0.028
TIP_MASS_KG = 0.2
TIP_INERTIA_KGM2 = 1e-4  # that of the wrist: the cup itself would let what hangs off its centre swing
CUP = CollisionPart("cylinder", (TIP_RADIUS_M, TIP_LENGTH_M), (0.0, 0.0, TIP_LENGTH_M / 2))
TIP_FORCE_N = 50.0  # the mount of the tool gives way beyond this
GRIP_FORCE_N = 500.0
DESCENT_SPEED_MPS = 0.24
CARRY_SPEED_MPS = 1.0
TURN_SPEED_RADPS = 2 * math.pi
REACH_STEP_M = 0.01
JUMP_PICTURES = 8

# The tool high above the base: from none of CLIPort's cameras does the arm hide a part of the workspace.
PARKED_TIP = Pose((0.2, 0.109, 0.6))
_PARKED_SOLUTION = nearest_solution(PARKED_TIP, HOME_JOINTS_RAD)
assert _PARKED_SOLUTION is not None
PARKED_JOINTS_RAD = _PARKED_SOLUTION


@dataclass(frozen=True)
class Grip:
    """What the cup holds."""

    object_id: int
    depth_m: float  # how far it reaches below the tip
    constraint: int  # PyBullet's handle


class Arm:
    """A UR5 whose tool always points down; poses are the tip's. All motions have a limit in physics steps.

    Args:
        physics: the simulation that it is in.
        part: what the tool collides as, in the frame of its tip; it hangs on a mount that gives way beyond TIP_FORCE_N.
        stopwatch: measures where time goes.
    """

    def __init__(self, physics: Physics, part: CollisionPart, stopwatch: Stopwatch | None = None) -> None:
        self._physics = physics
        self._part = part
        self._stopwatch = stopwatch or Stopwatch()
        self.joints_rad: NDArray[np.float64] = PARKED_JOINTS_RAD.copy()
        self.watcher: Callable[[], None] | None = None  # called at points on the way of a motion without simulation
        self._tip = PARKED_TIP
        self._handle = -1
        self._mount = -1

    @property
    def tip(self) -> Pose:
        """Commanded pose of the tip."""
        return self._tip

    def reset(self) -> None:
        """Put the tool into a simulation that was reset, and park the arm."""
        self.watcher = None
        self.joints_rad = PARKED_JOINTS_RAD.copy()
        self._tip = PARKED_TIP
        self._handle = self._physics.add_body((self._part,), self._tip, TIP_MASS_KG)
        self._mount = pybullet.createConstraint(
            self._handle, -1, -1, -1, pybullet.JOINT_FIXED, (0, 0, 0), (0, 0, 0), self._tip.position,
            (0, 0, 0, 1), self._tip.rotation, physicsClientId=self._physics.client,
        )  # fmt: skip
        self._command(self._tip)

    def reachable(self, pose: Pose) -> bool:
        with self._stopwatch.measure("kinematics"):
            return nearest_solution(pose) is not None

    def reachable_height(self, pose: Pose, lowest_m: float) -> float | None:
        """The greatest height, at most the pose's and at least `lowest_m`, at which the tip can be there; metres."""
        x, y, height = pose.position
        for _ in range(math.ceil(max(0.0, height - lowest_m) / REACH_STEP_M) + 1):
            if self.reachable(Pose((x, y, height), pose.rotation)):
                return height
            height = max(height - REACH_STEP_M, lowest_m)
        return None

    def jump(self, pose: Pose) -> None:
        """Bring the tip, holding nothing, to a pose through free space, without simulation."""
        start = self.joints_rad
        self._tip = pose
        self.follow_tip()
        self._show_way(start, self.joints_rad)
        client = self._physics.client
        pybullet.resetBasePositionAndOrientation(self._handle, pose.position, pose.rotation, physicsClientId=client)
        pybullet.resetBaseVelocity(self._handle, (0, 0, 0), (0, 0, 0), physicsClientId=client)
        self._command(pose)

    def park(self) -> None:
        """Go home, out of the cameras' view of the workspace."""
        self.jump(PARKED_TIP)

    def _show_way(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
        if self.watcher is None:
            return
        for k in range(1, JUMP_PICTURES + 1):
            self.joints_rad = start + k / JUMP_PICTURES * (end - start)
            self.watcher()
        self.joints_rad = end

    def follow_tip(self) -> None:
        """Bring the joints to where the tip is."""
        with self._stopwatch.measure("kinematics"):
            solution = nearest_solution(self._tip)
        if solution is not None:
            self.joints_rad = solution

    def _command(self, pose: Pose) -> None:
        pybullet.changeConstraint(
            self._mount, jointChildPivot=pose.position, jointChildFrameOrientation=pose.rotation,
            maxForce=TIP_FORCE_N, physicsClientId=self._physics.client,
        )  # fmt: skip

    def _drive(self, pose: Pose) -> None:
        """One physics step on the way: the tip is drawn to the pose."""
        self._tip = pose
        self._command(pose)
        self._physics.step()

    def descend(self, lowest_m: float, stop: Callable[[], bool], speed_mps: float = DESCENT_SPEED_MPS) -> bool:
        """Lower the tip until `stop`, at most to the height `lowest_m`; True if stopped."""
        x, y, height = self._tip.position
        step = speed_mps * TIME_STEP_S
        for _ in range(math.ceil(max(0.0, height - lowest_m) / step)):
            height = max(height - step, lowest_m)
            self._drive(Pose((x, y, height), self._tip.rotation))
            if stop():
                return True
        return False


class SuctionArm(Arm):
    """The arm with a suction cup: it holds what the cup touches."""

    def __init__(self, physics: Physics, stopwatch: Stopwatch | None = None) -> None:
        super().__init__(physics, CUP, stopwatch)
        self.grip: Grip | None = None

    def reset(self) -> None:
        """Put the empty cup into a simulation that was reset, and park the arm."""
        self.grip = None
        super().reset()
        pybullet.changeDynamics(
            self._handle, -1, localInertiaDiagonal=(TIP_INERTIA_KGM2,) * 3, physicsClientId=self._physics.client
        )

    def park(self) -> None:
        """Let go and go home, out of the cameras' view of the workspace."""
        self.release()
        super().park()

    def carry(self, target: Pose) -> None:
        """Move the tip on a straight line with a smooth start and end, simulating what it holds."""
        start = self._tip
        turn = (target.yaw_rad - start.yaw_rad + math.pi) % (2 * math.pi) - math.pi
        distance = math.dist(start.position, target.position)
        seconds = max(distance / CARRY_SPEED_MPS, abs(turn) / TURN_SPEED_RADPS)
        steps = max(1, math.ceil(seconds / TIME_STEP_S))
        first, last = np.array(start.position), np.array(target.position)
        for k in range(1, steps + 1):
            share = k / steps
            share = share * share * (3 - 2 * share)
            x, y, z = first + share * (last - first)
            self._drive(Pose((float(x), float(y), float(z)), quaternion_from_yaw(start.yaw_rad + share * turn)))
        self.follow_tip()

    @property
    def lag_m(self) -> float:
        """How far the cup is from where it was commanded to be."""
        position, _ = pybullet.getBasePositionAndOrientation(self._handle, physicsClientId=self._physics.client)
        return math.dist(position, self._tip.position)

    def touched(self) -> list[Contact]:
        """What the empty tip touches."""
        return self._physics.contacts(self._handle)

    def held_touches(self) -> bool:
        """Whether the held object touches anything but the cup."""
        return self.grip is not None and bool(self._physics.contacts(self._physics.handle(self.grip.object_id)))

    def hold(self, object_id: int) -> None:
        """Fix an object to the tip as they stand now."""
        client, handle = self._physics.client, self._physics.handle(object_id)
        tip = Pose(*pybullet.getBasePositionAndOrientation(self._handle, physicsClientId=client))
        relative = tip.inverse() @ self._physics.pose(object_id)
        constraint = pybullet.createConstraint(
            self._handle, -1, handle, -1, pybullet.JOINT_FIXED, (0, 0, 0), relative.position, (0, 0, 0),
            relative.rotation, (0, 0, 0, 1), physicsClientId=client,
        )  # fmt: skip
        pybullet.changeConstraint(constraint, maxForce=GRIP_FORCE_N, physicsClientId=client)
        pybullet.setCollisionFilterPair(self._handle, handle, -1, -1, 0, physicsClientId=client)
        low = self._physics.bounds(object_id)[0]
        self.grip = Grip(object_id, self._tip.position[2] - float(low[2]), constraint)

    def release(self) -> None:
        """Let go of what is held, if anything."""
        if self.grip is None:
            return
        client, handle = self._physics.client, self._physics.handle(self.grip.object_id)
        pybullet.removeConstraint(self.grip.constraint, physicsClientId=client)
        pybullet.setCollisionFilterPair(self._handle, handle, -1, -1, 1, physicsClientId=client)
        self.grip = None

    @property
    def lowest_m(self) -> float:
        """The height below which no descent goes: just under the table's top."""
        return TABLE_TOP_M - 0.005
