"""The simulator that needs nothing but pip: software renderer, own navmesh queries, Habitat's agent and files."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS
from leo_agent.envs.camera import Intrinsics, pose_matrix
from leo_agent.envs.navigation.simulators.base import AgentState, Frames, SimulatorConfig, register_simulator
from leo_agent.envs.navmesh import (
    GoalMap,
    GoalSet,
    GoalTracker,
    NavMesh,
    bake_navmesh,
    read_navmesh,
    turn_in_place,
    walk_forward,
)
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.rendering import RenderScene
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.floor import floor_triangles, wanted_settings
from leo_agent.envs.scenes.loading import LoadedScene, load_scene
from leo_agent.envs.scenes.navmesh_check import check_floor
from leo_agent.envs.scenes.stage_files import SceneFiles

SCENES_KEPT = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _ReadyScene:
    """A scene that is loaded, with what questions to it need."""

    drawing: RenderScene
    objects: ObjectSet
    navmesh: NavMesh
    categories: dict[int, str]


@register_simulator("embedded")
class EmbeddedSimulator:
    """Habitat's agent in Habitat's scenes; see `Simulator` for the members.

    The last SCENES_KEPT scenes stay loaded, each with its navmesh, which is baked where the scene has none for this
    agent. Scenes are drawn in their base colours, whatever light they ask for.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self._intrinsics = Intrinsics.from_hfov(config.width, config.height, config.body.hfov_deg)
        self._scenes: OrderedDict[str, _ReadyScene] = OrderedDict()
        self._current: _ReadyScene | None = None
        self._goals: tuple[NDArray[np.float32], GoalSet] | None = None
        self._position = np.zeros(3, np.float32)
        self._rotation = np.array([0.0, 0.0, 0.0, 1.0], np.float32)
        self._tilt_deg = 0.0

    @property
    def intrinsics(self) -> Intrinsics:
        """The camera of `render`."""
        return self._intrinsics

    @property
    def agent_state(self) -> AgentState:
        return AgentState(self._position.copy(), self._rotation.copy())

    @property
    def objects(self) -> ObjectSet:
        return self._scene.objects

    def load_scene(self, scene_id: str, categories: Mapping[int, str] | None = None) -> None:
        known = dict(categories or {})
        scene = self._scenes.get(scene_id)
        if scene is None or scene.categories != known:
            scene = self._load(scene_id, known)
        self._scenes[scene_id] = scene
        self._scenes.move_to_end(scene_id)
        while len(self._scenes) > SCENES_KEPT:
            self._scenes.popitem(last=False)
        if scene is not self._current:
            self._current, self._goals = scene, None

    def close(self) -> None:
        self._scenes.clear()
        self._current = self._goals = None

    def set_agent_state(self, position: ArrayLike, rotation: ArrayLike) -> None:
        quaternion = np.array(rotation, np.float64)
        norm = float(np.linalg.norm(quaternion))
        if abs(norm - 1.0) < 1e-3:
            # Files round rotations to 5 decimals. Habitat walks by them as they are, and so do we: a difference of
            # 1e-5 m at the first step can end on the other side of a corner.
            norm = 1.0
        place = np.array(position, np.float32)
        if place.shape != (3,) or quaternion.shape != (4,) or not (np.isfinite(place).all() and 0.0 < norm < math.inf):
            found = f"position {place.tolist()!r} and rotation {quaternion.tolist()!r}"
            raise InputError(f"agent state: found {found}, expected finite numbers x, y, z and x, y, z, w")
        self._position, self._rotation = place, (quaternion / norm).astype(np.float32)
        self._tilt_deg = 0.0

    def step(self, action: str) -> bool:
        body, slides = self._config.body, self._config.allow_sliding
        if action == "move_forward":
            self._position, collided = walk_forward(
                self._scene.navmesh, self._position, self._rotation, body.forward_step_m, slides
            )
            return collided
        if action in ("turn_left", "turn_right"):
            angle_deg = body.turn_angle_deg if action == "turn_left" else -body.turn_angle_deg
            self._position, self._rotation = turn_in_place(
                self._scene.navmesh, self._position, self._rotation, angle_deg, slides
            )
        elif action in ("look_up", "look_down"):
            self._tilt_deg += body.tilt_angle_deg if action == "look_up" else -body.tilt_angle_deg
        elif action != "stop":
            raise InputError(f"action: found {action!r}, expected one of {', '.join(ACTIONS)}")
        return False

    def camera_pose(self) -> NDArray[np.float64]:
        pose = pose_matrix(self._position, self._rotation)
        tilt = math.radians(self._config.body.camera_pitch_deg + self._tilt_deg) / 2.0
        mount = pose_matrix((0.0, self._config.body.camera_height_m, 0.0), (math.sin(tilt), 0.0, 0.0, math.cos(tilt)))
        return pose @ mount

    def render(self) -> Frames:
        frame = self._scene.drawing.render(self._intrinsics, self.camera_pose())
        return {"image": frame.image, "depth": frame.depth, "segmentation": frame.segmentation}

    def try_step(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float32]:
        return self._scene.navmesh.try_step(start, end, self._config.allow_sliding)

    def geodesic_distance(self, start: ArrayLike, ends: ArrayLike) -> float:
        wanted = np.array(ends, np.float32).reshape(-1, 3)
        # An episode asks at every step for the same ends: project them once.
        if self._goals is None or not np.array_equal(self._goals[0], wanted):
            self._goals = wanted, self._scene.navmesh.goals(wanted)
        return self._goals[1].distance(start)

    def goal_tracker(self, ends: ArrayLike) -> Callable[[ArrayLike], float]:
        return GoalTracker(self._scene.navmesh, ends).distance

    def goal_map(self, ends: ArrayLike, step_m: float) -> Callable[[ArrayLike, ArrayLike | None], float]:
        return GoalMap(self._scene.navmesh, ends, step_m).distance_after_step

    def shortest_path(self, start: ArrayLike, ends: ArrayLike) -> NDArray[np.float32]:
        return self._scene.navmesh.shortest_path(start, ends)[1]

    def snap_point(self, point: ArrayLike) -> NDArray[np.float32]:
        return self._scene.navmesh.snap_point(point)

    def is_navigable(self, point: ArrayLike) -> bool:
        return self._scene.navmesh.is_navigable(point)

    def obstacle_distance(self, point: ArrayLike, limit: float = 2.0) -> float:
        return self._scene.navmesh.obstacle_distance(point, limit)

    def random_navigable_point(self, rng: np.random.Generator) -> NDArray[np.float32]:
        return self._scene.navmesh.random_navigable_point(rng)

    def island(self, point: ArrayLike) -> int:
        return self._scene.navmesh.island(point)

    @property
    def _scene(self) -> _ReadyScene:
        if self._current is None:
            raise InputError("simulator: no scene is loaded, expected load_scene first")
        return self._current

    def _load(self, scene_id: str, categories: dict[int, str]) -> _ReadyScene:
        files = find_scene(self._config.scenes, scene_id, self._config.scene_dataset_config)
        loaded = load_scene(files, self._config.num_points, categories)
        drawing = RenderScene()
        drawing.add(loaded.mesh)
        return _ReadyScene(drawing, loaded.objects, _navmesh(files, loaded, self._config), categories)


def _navmesh(files: SceneFiles, loaded: LoadedScene, config: SimulatorConfig) -> NavMesh:
    """The scene's own navmesh if it was baked for this agent, else a new one, as habitat-lab has it."""
    own = None if files.navmesh is None else read_navmesh(files.navmesh)
    if own is not None:
        check_floor(files, loaded.mesh, own)
    wanted = config.navmesh_settings(wanted_settings(files, None if own is None else own.settings))
    if own is not None and wanted.agree_with(own.settings):
        return NavMesh(own)
    reason = "it has none" if own is None else "its own is for another agent"
    start_s = time.perf_counter()
    try:
        navmesh = NavMesh(bake_navmesh(*floor_triangles(files, loaded, wanted), wanted))
    except InputError as error:
        raise InputError(f"scene {files.name!r}: {reason}, and none can be baked: {error}") from error
    took_s = time.perf_counter() - start_s
    area_m2 = navmesh.navigable_area()
    _log.info("scene %s: baked a navmesh of %.1f m² in %.1f s, since %s", files.name, area_m2, took_s, reason)
    return navmesh
