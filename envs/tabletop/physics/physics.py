"""The physics of one environment: a PyBullet client of its own with a table, the task's objects and the tool."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.handles import NotCopyable
from leo_agent.envs.geometry import Pose
from leo_agent.envs.procedural.objects import CollisionPart, Shape
from leo_agent.envs.tabletop.layout.layout import CONTACT_MARGIN_M, Body
from leo_agent.envs.tabletop.physics.bullet import pybullet
from leo_agent.envs.tabletop.workspace import TABLE_TOP_M

TIME_STEP_S = 1 / 240
GRAVITY_MPS2 = -9.8
# The share of its turning that a free body loses in a second; without it a bowl put down askew wobbles for ever.
ANGULAR_DAMPING = 0.9
TABLE_HALF_EXTENTS_M = (100.0, 100.0, 5.0)
RESTING_SPEED_MPS = 0.005
RESTING_TURN_RADPS = 0.1
SETTLE_MIN_STEPS = 8  # after a release an object first has to gain speed
SETTLE_MAX_STEPS = 720
SETTLE_CHECK_STEPS = 4

GEOMETRIES = {"box": pybullet.GEOM_BOX, "cylinder": pybullet.GEOM_CYLINDER, "sphere": pybullet.GEOM_SPHERE}
NO_COLLISION = -1
TABLE_ID = 0  # what a contact with the table is reported as


@dataclass(frozen=True)
class Contact:
    """A contact point seen from one body."""

    object_id: int  # of the other body, or TABLE_ID
    gap_m: float  # negative inside


class Physics(NotCopyable):
    """Rigid bodies on the table, named by their object ids; every loop in here has a limit in steps.

    The PyBullet client (28 MB) is made by `reset` and lives until `close`, or until nobody holds this any more.
    """

    instead = "it is one client of PyBullet; make another and reset it with the bodies"

    def __init__(self) -> None:
        self._client = -1
        self._disconnect: Callable[[], object] | None = None
        self._handles: dict[int, int] = {}
        self._ids: dict[int, int] = {}
        self._movable: list[int] = []
        self._shapes: dict[int, int] = {}
        self._contact_margin_m = CONTACT_MARGIN_M
        self.steps = 0
        self.watcher: Callable[[], None] | None = None  # called after every physics step

    def close(self) -> None:
        """Disconnect from PyBullet; harmless when done before."""
        if self._disconnect is not None:
            self._disconnect()
            self._client, self._disconnect = -1, None

    def reset(
        self, bodies: Sequence[Body], contact_margin_m: float = CONTACT_MARGIN_M, free_bodies: bool = False
    ) -> None:
        """Start afresh with the table and these objects at their poses.

        Args:
            bodies: the objects.
            contact_margin_m: see Layout.
            free_bodies: whether nothing will ever be fixed to an object. Bullet then takes each as a plain rigid body
                without rolling friction, whose contacts cost it a quarter of those of its articulated bodies. (The
                original's 0.0001 moves the force under a cube by 0.1 mm where its half side is 5 mm.)
        """
        self._contact_margin_m = contact_margin_m
        if self._disconnect is None:
            self._client = pybullet.connect(pybullet.DIRECT)
            self._disconnect = weakref.finalize(self, pybullet.disconnect, self._client)
        client = self._client
        pybullet.resetSimulation(physicsClientId=client)
        pybullet.setGravity(0, 0, GRAVITY_MPS2, physicsClientId=client)
        pybullet.setPhysicsEngineParameter(
            fixedTimeStep=TIME_STEP_S, numSolverIterations=50, numSubSteps=0, deterministicOverlappingPairs=1,
            physicsClientId=client,
        )  # fmt: skip
        self.claim_margin()
        self.steps = 0
        self.watcher = None
        self._handles, self._ids, self._movable, self._shapes = {}, {}, [], {}
        table = CollisionPart("box", TABLE_HALF_EXTENTS_M)
        top = Pose((0.0, 0.0, TABLE_TOP_M - TABLE_HALF_EXTENTS_M[2]))
        handle = self.add_body((table,), top, mass_kg=0.0, free=free_bodies)
        self._ids[handle] = TABLE_ID
        for body in bodies:
            self._add_object(body, free_bodies)

    def _add_object(self, body: Body, free: bool) -> None:
        mass = 0.0 if body.fixed else body.mass_kg
        friction, rolling_friction = body.friction, 0.0 if free else body.rolling_friction
        handle = self.add_body(body.shape, body.pose, mass, friction, rolling_friction, free)
        self._handles[body.object_id] = handle
        self._ids[handle] = body.object_id
        if not body.fixed:
            self._movable.append(body.object_id)

    def add_body(
        self,
        shape: Shape | Sequence[CollisionPart],
        pose: Pose,
        mass_kg: float,
        friction: float = 1.0,
        rolling_friction: float = 0.0,
        free: bool = False,
    ) -> int:
        """Add a rigid body, fixed if its mass is 0; returns PyBullet's handle. Shapes are built once per reset.

        A constraint cannot hold one that is `free`: createConstraint of PyBullet refuses it.
        """
        if isinstance(shape, Shape):
            if id(shape) not in self._shapes:
                self._shapes[id(shape)] = self._compound(shape.parts) if shape.hull is None else self._hull(shape.hull)
            collision = self._shapes[id(shape)]
        else:
            collision = self._compound(shape)
        handle = pybullet.createMultiBody(
            mass_kg, collision, basePosition=pose.position, baseOrientation=pose.rotation,
            useMaximalCoordinates=free, physicsClientId=self._client,
        )  # fmt: skip
        pybullet.changeDynamics(
            handle, -1, lateralFriction=friction, rollingFriction=rolling_friction, spinningFriction=0.0,
            restitution=0.0, angularDamping=ANGULAR_DAMPING, physicsClientId=self._client,
        )  # fmt: skip
        return int(handle)

    def _hull(self, points: NDArray[np.float64]) -> int:
        shape = pybullet.createCollisionShape(
            pybullet.GEOM_MESH, vertices=points.tolist(), physicsClientId=self._client
        )
        return int(shape)

    def _compound(self, parts: Sequence[CollisionPart]) -> int:
        if not parts:
            return NO_COLLISION
        shape = pybullet.createCollisionShapeArray(
            shapeTypes=[GEOMETRIES[part.kind] for part in parts],
            halfExtents=[part.size if part.kind == "box" else (0, 0, 0) for part in parts],
            radii=[0.0 if part.kind == "box" else part.size[0] for part in parts],
            lengths=[part.size[1] if part.kind == "cylinder" else 0.0 for part in parts],
            collisionFramePositions=[part.position for part in parts],
            collisionFrameOrientations=[part.rotation for part in parts],
            physicsClientId=self._client,
        )
        return int(shape)

    @property
    def client(self) -> int:
        return self._client

    def handle(self, object_id: int) -> int:
        """PyBullet's handle of an object."""
        return self._handles[object_id]

    def is_movable(self, object_id: int) -> bool:
        return object_id in self._movable

    def pose(self, object_id: int) -> Pose:
        position, rotation = pybullet.getBasePositionAndOrientation(
            self._handles[object_id], physicsClientId=self._client
        )
        return Pose(position, rotation)

    def poses(self) -> dict[int, Pose]:
        """Object id -> pose of every object."""
        return {object_id: self.pose(object_id) for object_id in self._handles}

    def bounds(self, object_id: int) -> NDArray[np.float64]:
        """Axis-aligned box (2, 3) of an object: low and high corner, metres."""
        return np.array(pybullet.getAABB(self._handles[object_id], physicsClientId=self._client))

    def top_within(
        self, low_xy: NDArray[np.float64], high_xy: NDArray[np.float64], ignored: int | None = None
    ) -> float:
        """Height of the highest box of any object over the rectangle, metres; the table's if there is none."""
        top = TABLE_TOP_M
        for object_id in self._handles:
            low, high = self.bounds(object_id)
            if object_id != ignored and (low[:2] <= high_xy).all() and (high[:2] >= low_xy).all():
                top = max(top, float(high[2]))
        return top

    def contacts(self, handle: int) -> list[Contact]:
        """Contact points of a body with the table and the objects, in PyBullet's order."""
        points = pybullet.getContactPoints(bodyA=handle, physicsClientId=self._client)
        return [Contact(self._ids[point[2]], point[8]) for point in points if point[2] in self._ids]

    def claim_margin(self) -> None:
        """To be called before anything moves: the contact margin is one number in the process, whoever sets it."""
        pybullet.setPhysicsEngineParameter(
            contactBreakingThreshold=self._contact_margin_m, physicsClientId=self._client
        )

    def step(self) -> None:
        pybullet.stepSimulation(physicsClientId=self._client)
        self.steps += 1
        if self.watcher is not None:
            self.watcher()

    def settle(self) -> bool:
        """Step until every object rests, at most SETTLE_MAX_STEPS, then lay them to sleep; False if one still moves."""
        for step in range(SETTLE_MAX_STEPS):
            self.step()
            if step >= SETTLE_MIN_STEPS and step % SETTLE_CHECK_STEPS == 0 and self._at_rest():
                break
        rested = self._at_rest()
        if rested:
            self.lay_to_sleep()
        return rested

    def lay_to_sleep(self) -> None:
        """Have every object stay exactly where it is until something touches it."""
        for object_id in self._movable:
            pybullet.changeDynamics(
                self._handles[object_id], -1, physicsClientId=self._client,
                activationState=pybullet.ACTIVATION_STATE_ENABLE_SLEEPING | pybullet.ACTIVATION_STATE_SLEEP,
            )  # fmt: skip

    def _at_rest(self) -> bool:
        for object_id in self._movable:
            linear, angular = pybullet.getBaseVelocity(self._handles[object_id], physicsClientId=self._client)
            if np.dot(linear, linear) > RESTING_SPEED_MPS**2 or np.dot(angular, angular) > RESTING_TURN_RADPS**2:
                return False
        return True
