"""What a navigation simulator offers to the task above it, and the registry of simulators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS, NavMeshSettings
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.package_scan import check_free, import_modules

Frames = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class SimulatorConfig:
    """Files, camera and body of a simulator; the defaults are habitat-lab's ObjectNav benchmark."""

    scenes: Path  # the folder that scene ids and `scene_dataset_config` are relative to
    scene_dataset_config: str = "default"  # "default": no scene dataset, scene ids name .glb files
    width: int = 640  # of the images, in pixels
    height: int = 480
    body: NavigationEmbodiment = field(default_factory=NavigationEmbodiment)
    allow_sliding: bool = False  # along walls, in place of a stop at them
    num_points: int = 1024  # of each object's cloud
    navmesh_cell_height_m: float = OBJECTNAV_SETTINGS.cell_height

    def navmesh_settings(self, scene_settings: NavMeshSettings) -> NavMeshSettings:
        """What a scene's navmesh must have been baked with for this body, the rest as `scene_settings` has it."""
        return replace(
            scene_settings,
            cell_height=self.navmesh_cell_height_m,
            agent_height=self.body.agent_height_m,
            agent_radius=self.body.agent_radius_m,
            agent_max_climb=self.body.max_climb_m,
        )


@dataclass(frozen=True)
class AgentState:
    """Where the agent's base is, in the world frame."""

    position: NDArray[np.float32]  # (3,), metres
    rotation: NDArray[np.float32]  # (4,), quaternion x, y, z, w


class Simulator(Protocol):
    """One agent with a camera in one scene. World frame: Habitat's (+Y up, the agent looks along its -Z), metres."""

    @property
    def agent_state(self) -> AgentState:
        """The pose of the agent's base; the camera's tilt is no part of it."""

    @property
    def objects(self) -> ObjectSet:
        """The instances of the scene: points, boxes, ids, categories; the same object until the scene changes."""

    def load_scene(self, scene_id: str, categories: Mapping[int, str] | None = None) -> None:
        """Makes a scene current.

        Args:
            scene_id: names it within the scene dataset.
            categories: names of instances by id, where the scene's own files do not name them.

        Raises:
            InputError: a file is missing, corrupt or not supported.
        """

    def close(self) -> None:
        """Frees the scenes and whatever draws them; `load_scene` starts anew."""

    def set_agent_state(self, position: ArrayLike, rotation: ArrayLike) -> None:
        """Puts the agent's base somewhere, without snapping to the navmesh, and the camera back to no tilt."""

    def step(self, action: str) -> bool:
        """Does the action of that name in `leo_agent.contract.navigation.ACTIONS`.

        Returns:
            Whether an obstacle shortened a forward step.
        """

    def render(self) -> Frames:
        """`image` (H, W, 3) uint8, `depth` (H, W) float32 metres (0 = no hit) and `segmentation` (H, W) int32."""

    def camera_pose(self) -> NDArray[np.float64]:
        """T_world_camera (4, 4) of the camera of `render`, tilt included; it looks along its -Z."""

    def try_step(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float32]:
        """Where a straight step of an agent base from `start` towards `end` would arrive; moves nothing."""

    def geodesic_distance(self, start: ArrayLike, ends: ArrayLike) -> float:
        """Metres on the navmesh from `start` (3,) to the nearest of `ends` (K, 3); inf if none is reachable."""

    def goal_tracker(self, ends: ArrayLike) -> Callable[[ArrayLike], float]:
        """`geodesic_distance` to the same `ends` over one episode, with the memory of habitat-lab's measure.

        habitat-lab keeps one path object an episode, which skips ends that were far away before; now and then it so
        answers with some centimetres more than `geodesic_distance`. Measures equal to habitat-lab's need a new tracker
        at each reset, asked wherever the measure is.
        """

    def goal_map(self, ends: ArrayLike, step_m: float) -> Callable[[ArrayLike, ArrayLike | None], float]:
        """`geodesic_distance` to the same `ends` for a search that goes from place to place by steps of `step_m`.

        It is asked with a place (3,) and the one that the step came from, or None, and may answer with some centimetres
        more, as `goal_tracker` does.
        """

    def shortest_path(self, start: ArrayLike, ends: ArrayLike) -> NDArray[np.float32]:
        """Corners (M, 3) of the path from `start` to the nearest of `ends` (K, 3); (0, 3) if none is reachable."""

    def snap_point(self, point: ArrayLike) -> NDArray[np.float32]:
        """The nearest point of the navmesh; NaN where none is near."""

    def is_navigable(self, point: ArrayLike) -> bool:
        """Whether the point lies on the navmesh, up to 0.5 m in height."""

    def obstacle_distance(self, point: ArrayLike, limit: float = 2.0) -> float:
        """Horizontal metres to the nearest border of the navmesh, at most `limit`; inf off the mesh."""

    def random_navigable_point(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """A point drawn uniformly from the area of the navmesh."""

    def island(self, point: ArrayLike) -> int:
        """The number of the connected part of the navmesh that the point belongs to; -1 off the mesh."""


Factory = Callable[[SimulatorConfig], Simulator]
PACKAGE = __name__.rpartition(".")[0]
_factories: dict[str, Factory] = {}


def register_simulator(name: str) -> Callable[[Factory], Factory]:
    """Class decorator: the simulator becomes `make_simulator(name, config)`.

    Raises:
        InputError: the name is taken by another one.
    """

    def register(factory: Factory) -> Factory:
        check_free(f"simulator {name}", factory, lambda: _factories.get(name), PACKAGE)
        _factories[name] = factory
        return factory

    return register


def simulator_names() -> list[str]:
    """The registered simulators: one module of this package each."""
    import_modules(PACKAGE)
    return sorted(_factories)


def make_simulator(name: str, config: SimulatorConfig) -> Simulator:
    """A new simulator.

    Raises:
        InputError: there is none of that name; those that exist are listed.
    """
    return _factories[check_choice("simulator", name, simulator_names())](config)
