"""What a navigation simulator offers to the task above it, and the registry of simulators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.package_scan import import_modules
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError

# Habitat's names, in the order of its action ids.
ACTIONS = ("stop", "move_forward", "turn_left", "turn_right", "look_up", "look_down")


@dataclass(frozen=True)
class SimulatorConfig:
    """Sensors, body and files of a simulator; the defaults are habitat-lab's ObjectNav benchmark.

    `scenes` is the folder that scene ids and `scene_dataset_config` are relative to; "default" means no scene dataset:
    scene ids then name .glb files. The camera sits `camera_height_m` above the agent's base and looks along its -Z.
    """

    scenes: Path
    scene_dataset_config: str = "default"
    width: int = 640
    height: int = 480
    hfov_deg: float = 79.0
    camera_height_m: float = 0.88
    forward_step_m: float = 0.25
    turn_angle_deg: float = 30.0
    tilt_angle_deg: float = 30.0
    allow_sliding: bool = False
    num_points: int = 1024


@dataclass(frozen=True)
class AgentState:
    """Where the agent's base is: position (3,) float32 metres, world frame; rotation (4,) float32 x, y, z, w."""

    position: NDArray[np.float32]
    rotation: NDArray[np.float32]


class Simulator(Protocol):
    """One agent with a camera in one scene. World frame: Habitat's (+Y up, the agent looks along its -Z), metres."""

    @property
    def agent_state(self) -> AgentState:
        """The pose of the agent's base; the camera's tilt is no part of it."""

    @property
    def objects(self) -> ObjectSet:
        """The instances of the scene: points, boxes, ids, categories; the same object until the scene changes."""

    def load_scene(self, scene_id: str, categories: Mapping[int, str] | None = None) -> None:
        """Make a scene current. `categories` names instances by id where the scene's own files do not.

        Raises `InputError` where a file is missing, corrupt or not supported.
        """

    def close(self) -> None:
        """Free the scenes and whatever draws them; `load_scene` starts anew."""

    def set_agent_state(self, position: ArrayLike, rotation: ArrayLike) -> None:
        """Put the agent's base somewhere, without snapping to the navmesh, and the camera back to no tilt."""

    def step(self, action: str) -> bool:
        """Do one of `ACTIONS`; True if a forward step was shortened by an obstacle."""

    def render(self) -> dict[str, NDArray]:
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


_factories: dict[str, Callable[[SimulatorConfig], Simulator]] = {}


def register_simulator(
    name: str,
) -> Callable[[Callable[[SimulatorConfig], Simulator]], Callable[[SimulatorConfig], Simulator]]:
    """Class decorator: the simulator becomes `make_simulator(name, config)`."""

    def register(factory: Callable[[SimulatorConfig], Simulator]) -> Callable[[SimulatorConfig], Simulator]:
        _factories[name] = factory
        return factory

    return register


def simulator_names() -> list[str]:
    """The registered simulators: one module of this package each."""
    import_modules(__name__.rpartition(".")[0])
    return sorted(_factories)


def make_simulator(name: str, config: SimulatorConfig) -> Simulator:
    """A new simulator of that name; raises `InputError` listing what exists when there is none."""
    names = simulator_names()
    if name not in names:
        raise InputError(f"simulator: found {name!r}, expected one of {', '.join(names)}")
    return _factories[name](config)
