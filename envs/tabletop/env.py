"""The Gymnasium environment of all tabletop tasks: pick and place on a table, told in words, scored with credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from envs import tabletop_id
from envs.errors import InputError
from envs.objects import ObjectPacker, ObjectSet
from envs.tabletop.cameras import CAMERAS, FRONT_CAMERA, Camera, front_intrinsics, fused_maps
from envs.tabletop.clouds import SOURCES, CameraClouds, SurfaceClouds
from envs.tabletop.colors import split_colors
from envs.tabletop.film import FRAMES_PER_S, Film
from envs.tabletop.goals import RULES, Scorekeeper
from envs.tabletop.interface import action_space, decoded_pose, encoded_pose, observation_space
from envs.tabletop.primitives import ActionReport
from envs.tabletop.stopwatch import Stopwatch
from envs.tabletop.task import Layout, sample_layout
from envs.tabletop.tasks import make_task
from envs.tabletop.tools import TOOLS
from envs.tabletop.view import TabletopScene
from envs.tabletop.world import World

SUCCESS_SCORE = 0.99
RANDOM_EPISODES = {"train": 1_000_000, "val": 5_000, "test": 1_000_000}
MAX_EPISODE_DIGITS = 18

Observation = dict[str, Any]


def episode_seed(mode: str, number: int) -> int:
    """CLIPort's seeds: train 0, 2, 4, …; val 1, 3, 5, … up to 9999; test 10001, 10003, …

    Raises InputError for a number that the mode does not have.
    """
    if number < 0 or (mode == "val" and number >= RANDOM_EPISODES["val"]):
        raise InputError(f"episode_id: found {number}, expected 0 or more (val: 0 to {RANDOM_EPISODES['val'] - 1})")
    return 2 * number + {"train": 0, "val": 1, "test": 10001}[mode]


class TabletopEnv(gymnasium.Env[Observation, Any]):
    """A task of `envs.tabletop.tasks`, observed and acted on by the contract of both worlds.

    task: name in the registry. split "seen" or "unseen", mode "train", "val" or "test": which colours, which seeds.
    width, height: pixels of the task camera (CLIPort's front camera). num_objects, num_points: slots and points of the
    object clouds. object_points: "surface" (sampled from the meshes) or "cameras" (fused from the three depth images).
    rules: "corrected", or "cliport" for the published scoring. share_arrays: hand over the very same object arrays
    while no object moved; by default equal copies, because Gymnasium wants observations that share no memory.
    render_mode: None, "rgb_array", or "rgb_array_list" for the pictures of the whole motion since the last reset or
    render.

    Actions are poses in the world frame: {"pick": (7,), "place": (7,)}, position in metres, quaternion x, y, z, w. In
    tasks with a spatula it is pushed from the one towards the other. The reward is the change of the score. Raises
    InputError for options or actions that are wrong.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "rgb_array_list"], "render_fps": 4}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(
        self,
        task: str = "put-blocks-in-bowls",
        split: str = "seen",
        mode: str = "test",
        width: int = 640,
        height: int = 480,
        num_objects: int = 60,
        num_points: int = 1024,
        object_points: str = "surface",
        rules: str = "corrected",
        share_arrays: bool = False,
        render_mode: str | None = None,
    ) -> None:
        split_colors(split, mode)
        _check_choice("object_points", object_points, SOURCES)
        _check_choice("rules", rules, RULES)
        _check_choice("render_mode", render_mode, (None, *self.metadata["render_modes"]))
        sizes = {"width": width, "height": height, "num_objects": num_objects, "num_points": num_points}
        for name, value in sizes.items():
            if value < 1:
                raise InputError(f"{name}: found {value}, expected 1 or more")
        self._task_name, self._task = task, make_task(task)
        self._split, self._mode, self._rules = split, mode, rules
        self._cloud_source, self._num_objects, self._num_points = object_points, num_objects, num_points
        self._share_arrays = share_arrays
        self.render_mode = render_mode
        self._task_camera = Camera("task", front_intrinsics(width, height), FRONT_CAMERA.T_world_camera)
        self.stopwatch = Stopwatch()
        self._world = World()
        self._arms = {name: tool.arm(self._world, self.stopwatch) for name, tool in TOOLS.items()}
        self._view = TabletopScene()
        self._film = Film(self._world, width, height) if render_mode is not None else None
        if render_mode == "rgb_array_list":
            self.metadata = {**self.metadata, "render_fps": FRAMES_PER_S}
        self._layout: Layout | None = None
        self._keeper = Scorekeeper((), rules)
        self._steps = 0
        self.observation_space = observation_space(width, height, num_objects, num_points)
        self.action_space = action_space()

    # ------------------------------------------------------------------ episodes

    def episode_options(self, limit: int | None = 100) -> list[dict[str, Any]]:
        """Reset options of the first `limit` episodes of the mode (100 if None), in the order of their seeds."""
        count = 100 if limit is None else limit
        if self._mode == "val":
            count = min(count, RANDOM_EPISODES["val"])
        return [{"scene": None, "episode_id": str(number)} for number in range(count)]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start the episode `options["episode_id"]` (k: the k-th seed of the mode), or one drawn by the generator."""
        super().reset(seed=seed)
        number = self._episode_number(options or {})
        scene_seed = episode_seed(self._mode, number)
        with self.stopwatch.measure("layout"):
            layout = sample_layout(self._task, scene_seed, self._split, self._mode, self._rules)
        self._tool, self._arm = TOOLS[layout.tool], self._arms[layout.tool]
        with self.stopwatch.measure("physics"):
            self._world.reset(layout.bodies)
            self._arm.reset()
            self._world.settle()
        self._layout = layout
        self._bodies = {body.object_id: body for body in layout.bodies}
        self._keeper = Scorekeeper(layout.goals, self._rules)
        self._steps = 0
        self._description = {
            "env": tabletop_id(self._task_name), "task": self._task_name, "split": self._split, "mode": self._mode,
            "scene": None, "episode_id": str(number), "seed": scene_seed, "instruction": layout.instruction(0),
            "rules": self._rules, "max_steps": layout.max_steps,
        }  # fmt: skip
        self._start_clouds(scene_seed)
        self._view.reset(layout.bodies, layout.tool)
        if self._film is not None:
            self._film.start(layout, self._arm, follow=self.render_mode == "rgb_array_list")
        return self._observe(), self._info()

    def _episode_number(self, options: dict[str, Any]) -> int:
        if set(options) - {"scene", "episode_id"} or options.get("scene") is not None:
            raise InputError(f"reset options: found {options}, expected an episode_id and no scene")
        wanted = options.get("episode_id")
        if wanted is None:
            return int(self.np_random.integers(RANDOM_EPISODES[self._mode]))
        if not str(wanted).isdecimal() or len(str(wanted)) > MAX_EPISODE_DIGITS:
            raise InputError(f"episode_id: found {wanted!r}, expected a number 0, 1, 2, …")
        return int(wanted)

    # ------------------------------------------------------------------ acting

    def step(self, action: Mapping[str, NDArray[np.float32]]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Pick and place, or push from the pose "pick" towards the pose "place"; `info["action"]` tells what happened.

        A push has `placed` when the blade went its whole way; it never has `grasped`.
        """
        if self._layout is None:
            raise gymnasium.error.ResetNeeded("step was called before reset")
        pick, pick_notes = decoded_pose(action, "pick")
        place, place_notes = decoded_pose(action, "place")
        steps_before = self._world.steps
        with self.stopwatch.measure("physics"):
            report = self._tool.act(self._world, self._arm, pick, place)
            settled = self._world.settle()
        reward = self._keeper.update(self._world.poses())
        self._steps += 1
        terminated = self._keeper.done
        info = self._info()
        info["action"] = _action_info(report, pick_notes + place_notes, settled, self._world.steps - steps_before)
        return self._observe(), reward, terminated, not terminated and self._steps >= self._layout.max_steps, info

    def expert_action(self) -> dict[str, NDArray[np.float32]]:
        """The expert's action in the present state; one that moves nothing when nothing is left to do."""
        if self._layout is None:
            raise gymnasium.error.ResetNeeded("expert_action was called before reset")
        pick, place = self._tool.expert(self._bodies, self._world.poses(), self._keeper)
        return {"pick": encoded_pose(pick), "place": encoded_pose(place)}

    # ------------------------------------------------------------------ observing

    def _start_clouds(self, seed: int) -> None:
        assert self._layout is not None
        bodies = self._layout.bodies
        self._packer = ObjectPacker(self._num_objects)
        self._surface_clouds = self._camera_clouds = None
        if self._cloud_source == "surface":
            self._surface_clouds = SurfaceClouds(bodies, self._num_points, seed)
        else:
            self._camera_clouds = CameraClouds(bodies, self._num_points)

    def _observe(self) -> Observation:
        poses = self._world.poses()
        with self.stopwatch.measure("rendering"):
            self._view.update(poses, self._arm.joints_rad)
            frames = [self._view.render(camera) for camera in CAMERAS]
            same_lens = self._task_camera.intrinsics == FRONT_CAMERA.intrinsics
            task_frame = frames[0] if same_lens else self._view.render(self._task_camera)
        with self.stopwatch.measure("maps"):
            color_map, height_map = fused_maps(frames)
        with self.stopwatch.measure("clouds"):
            objects: ObjectSet
            if self._surface_clouds is not None:
                objects = self._surface_clouds.objects(poses)
            else:
                assert self._camera_clouds is not None
                objects = self._camera_clouds.objects(poses, frames)
            packed = self._packer.pack(objects)
            if not self._share_arrays:
                packed = {name: array.copy() for name, array in packed.items()}
        return {
            "image": task_frame.image,
            "depth": task_frame.depth,
            "segmentation": task_frame.segmentation,
            "color_map": color_map,
            "height_map": height_map,
            **packed,
            "agent_position": np.zeros(3, np.float32),
            "agent_rotation": np.array([0, 0, 0, 1], np.float32),
            "instruction": self._instruction(),
        }

    def _instruction(self) -> str:
        assert self._layout is not None
        return self._layout.instruction(self._keeper.goals_reached)

    def _info(self) -> dict[str, Any]:
        score = float(self._keeper.score)
        return {
            "episode": dict(self._description),
            "measures": {"score": score, "success": float(score > SUCCESS_SCORE)},
        }

    def render(self) -> Any:
        """A picture (height, width, 3) uint8 of arm, table and objects, or a list of them; None without render_mode."""
        if self._film is None or self._layout is None:
            return None
        return self._film.picture() if self.render_mode == "rgb_array" else self._film.take()

    def close(self) -> None:
        """Disconnect from PyBullet; `reset` connects again."""
        self._layout = None
        self._world.close()


def _check_choice(name: str, value: str | None, choices: tuple[str | None, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name}: found {value!r}, expected one of {', '.join(map(str, choices))}")


def _action_info(report: ActionReport, notes: list[str], settled: bool, physics_steps: int) -> dict[str, Any]:
    return {
        "grasped": report.grasped,
        "placed": report.placed,
        "object_id": report.object_id,
        "reason": report.reason,
        "notes": notes,
        "settled": settled,
        "physics_steps": physics_steps,
    }
