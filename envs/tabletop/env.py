"""The Gymnasium environment of all tabletop tasks: pick and place as words ask for, scored with partial credit."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.checks import check_choice
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import hash_files
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.measures import SUCCESS, Measure
from leo_agent.contract.read_only import freeze
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.envs.procedural.objects.scanned.google import scanned_files
from leo_agent.envs.tabletop.actions import decoded_pose, encoded_pose
from leo_agent.envs.tabletop.episode_numbers import RANDOM_EPISODES, episode_number, episode_seed
from leo_agent.envs.tabletop.goals import RULES, Scorekeeper
from leo_agent.envs.tabletop.ids import check_step_limit, tabletop_id
from leo_agent.envs.tabletop.layout.colors import check_split
from leo_agent.envs.tabletop.layout.layout import Layout
from leo_agent.envs.tabletop.layout.task import option_values, sample_layout
from leo_agent.envs.tabletop.observation.observer import ObservationOptions, Observer
from leo_agent.envs.tabletop.observation.spaces import observation_space
from leo_agent.envs.tabletop.physics.physics import Physics
from leo_agent.envs.tabletop.pictures.film import FRAMES_PER_S, Film
from leo_agent.envs.tabletop.stopwatch import Stopwatch
from leo_agent.envs.tabletop.stored.file import StoredScene, read_scene, scene_to_json
from leo_agent.envs.tabletop.tasks import make_task, tasks_that_need_assets
from leo_agent.envs.tabletop.tools import TOOLS

SUCCESS_SCORE = 0.99
SCORE = Measure("score", "Score", "fraction")

Observation = dict[str, Any]


class TabletopEnv(NotCopyable, gymnasium.Env[Observation, Any]):
    """A task of the registry, observed and acted on by the contract of both worlds (`leo_agent.contract`).

    Actions are poses in the world frame: {"pick": (7,), "place": (7,)}, position in metres, quaternion x, y, z, w. The
    object is turned by the difference of the two yaws. In tasks with a spatula it is pushed from the one towards the
    other: the blade stands across that way, so neither yaw counts. The reward is the change of the score.

    Beside the contract's keys an observation has `color_map` (320, 160, 3) uint8 and `height_map` (320, 160) float32,
    metres, of the workspace from above, and for each of `cameras` its `image_`, `depth_` and `segmentation_`.

    Args:
        task: name in the registry (`leo_agent.envs.tabletop.tasks`).
        split: "seen" or "unseen": which colours or objects language names in val and test.
        mode: "train", "val" or "test": which seeds.
        width: of the task camera (CLIPort's front camera), pixels.
        height: of the same.
        num_objects: slots of the object clouds; of more objects those with the lowest ids are given.
        num_points: points of each cloud.
        object_points: "surface", sampled from the meshes, or "cameras", fused from the three depth images.
        cameras: which of CLIPort's cameras the observation has, of "front", "left", "right" (640 x 480).
        rules: "corrected", or "cliport" for the published scoring.
        share_arrays: hand over the very same object arrays while no object moved; by default copies as Gymnasium wants
        assets: the folder of the scanned objects, for the tasks that need them.
        render_mode: None, "rgb_array", or "rgb_array_list" for the pictures of the whole motion since the last reset
            or render.
        goal_overlay: outline the targets of the present goal in these pictures, never in observations.
        max_episode_steps: the limit of an episode, where the task's own, which depends on the episode, is not lower.
        **task_options: the task's own, such as `num_distractors`; see `leo_agent.envs.tabletop.layout.task.Task`.

    Raises:
        InputError: an option or an action is wrong.
    """

    instead = (
        "its physics are one client of PyBullet; make another by its spec, and start it with "
        "reset(options={'scene': env.unwrapped.scene()})"
    )

    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "rgb_array_list"], "render_fps": 4}  # noqa: RUF012 (Gymnasium declares it so)
    embodiment = TabletopEmbodiment()
    measures = (SUCCESS, SCORE)
    renderer = "embedded"

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
        cameras: Sequence[str] = (),
        rules: str = "corrected",
        share_arrays: bool = False,
        assets: str | None = None,
        render_mode: str | None = None,
        goal_overlay: bool = False,
        max_episode_steps: int | None = None,
        **task_options: Any,
    ) -> None:
        check_split(split, mode)
        check_choice("rules", rules, RULES)
        check_choice("render_mode", render_mode, (None, *self.metadata["render_modes"]))
        check_choice("goal_overlay", goal_overlay, (False, True))
        seen = ObservationOptions(width, height, num_objects, num_points, object_points, cameras, share_arrays)
        self._task_name, self._task = task, make_task(task, assets, task_options)
        self._split, self._mode, self._rules, self._assets = split, mode, rules, assets
        self.render_mode, self._step_limit = render_mode, self._task.max_episode_steps
        if max_episode_steps is not None:
            self.limit_steps(max_episode_steps)
        self.stopwatch, self._physics = Stopwatch(), Physics()
        self._arms = {name: tool.arm(self._physics, self.stopwatch) for name, tool in TOOLS.items()}
        self._observer = Observer(seen, self.stopwatch)
        self._film = Film(self._physics, width, height, goal_overlay) if render_mode is not None else None
        if render_mode == "rgb_array_list":
            self.metadata = {**self.metadata, "render_fps": FRAMES_PER_S}
        self._layout: Layout | None = None
        self._keeper, self._steps = Scorekeeper((), rules), 0
        self.observation_space = observation_space(seen)
        self.action_space = self.embodiment.action_space()

    @staticmethod
    def unused_options(options: Mapping[str, Any], draws_pictures: bool) -> dict[str, str]:
        """Which of the constructor's arguments a run would not look at, and why; `draws_pictures` by `render()`."""
        task, mode = options.get("task"), options.get("mode", "test")
        unused = {
            "goal_overlay": None if draws_pictures else "but no pictures are drawn: it is for videos",
            "assets": None if task in tasks_that_need_assets() else f"but {task} needs no scanned objects",
        }
        if options.get("split") == "unseen" and mode == "train":
            unused["split"] = "but episodes of mode='train' name what is seen alone, in either split"
        return {name: reason for name, reason in unused.items() if reason and options.get(name)}

    # ------------------------------------------------------------------ episodes

    def episode_options(self, limit: int | None = 100) -> list[dict[str, Any]]:
        """Reset options of the first `limit` episodes of the mode (100 if None), in the order of their seeds."""
        count = min(100 if limit is None else limit, RANDOM_EPISODES[self._mode])
        return [{"scene": None, "episode_id": str(number)} for number in range(count)]

    def content_hashes(self, scenes: Sequence[Any]) -> dict[str, str]:
        """The hash of the scanned objects' files, if the task has any."""
        return {} if self._assets is None else {"assets": hash_files(scanned_files(self._assets))}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: of the generator that draws an episode where the options name none.
            options: "episode_id", k for the k-th seed of the mode; or "scene", what `scene()` gave, as a dictionary or
                JSON text, or the path of a .json file that holds it.

        Raises:
            InputError: other options, or an episode or a scene that is none.
        """
        super().reset(seed=seed)
        scene, source, episode_id = self._chosen_scene(options or {})
        layout = scene.layout
        self._tool, self._arm = TOOLS[layout.tool], self._arms[layout.tool]
        with self.stopwatch.measure("physics"):
            light = layout.tool == "spatula" and self._mode == "train"
            self._physics.reset(layout.bodies, layout.contact_margin_m, light)
            self._arm.reset()
            if scene.at_rest:
                self._physics.lay_to_sleep()
            self._rested = scene.at_rest or self._physics.settle()
        self._layout, self._cloud_seed = layout, scene.seed
        self._bodies = {body.object_id: body for body in layout.bodies}
        self._keeper = Scorekeeper(layout.goals, self._rules, scene.goals_reached, scene.score)
        self._steps = 0
        self._description = {
            "env": tabletop_id(self._task_name), "task": self._task_name, "split": self._split, "mode": self._mode,
            "scene": source, "episode_id": episode_id,
            "seed": scene.seed, "instruction": layout.instruction(scene.goals_reached), "rules": self._rules,
            "max_steps": self._limit_of(layout), "task_options": option_values(self._task),
        }  # fmt: skip
        self._observer.start(layout, scene.seed)
        if self._film is not None:
            self._film.start(layout, self._arm, self._keeper.goal, follow=self.render_mode == "rgb_array_list")
        return self._observe(), self._info()

    def _chosen_scene(self, options: dict[str, Any]) -> tuple[StoredScene, str | None, str | None]:
        """The scene to start from, and what chooses it again: options["scene"] and options["episode_id"]."""
        if set(options) - {"scene", "episode_id"}:
            raise InputError(f"reset options: found {shown(options)}, expected scene or episode_id")
        if options.get("scene") is None:
            number = episode_number(options.get("episode_id"), self._mode, self.np_random)
            seed = episode_seed(self._mode, number)
            with self.stopwatch.measure("layout"):
                layout = sample_layout(self._task, seed, self._split, self._mode, self._rules)
            return StoredScene(layout, self._task_name, seed), None, str(number)
        if options.get("episode_id") is not None:
            raise InputError(f"reset options: found scene and episode_id {shown(options['episode_id'])}, expected one")
        scene = read_scene(options["scene"])
        if scene.task not in (None, self._task_name):
            raise InputError(f"scene: found the task {scene.task!r}, expected {self._task_name!r}, as the environment")
        given = options["scene"]
        return scene, json.dumps(scene_to_json(scene)) if isinstance(given, Mapping) else str(given), None

    def scene(self) -> dict[str, Any]:
        """The present scene as values of JSON, for `reset(options={"scene": …})`: objects as they stand, goals, tool.

        An episode that starts from it has its step limit anew.

        Raises:
            gymnasium.error.ResetNeeded: there was no reset yet.
            InputError: a shape of the scene has no recipe.
        """
        if self._layout is None:
            raise gymnasium.error.ResetNeeded("scene was called before reset")
        poses = self._physics.poses()
        bodies = tuple(replace(body, pose=poses[body.object_id]) for body in self._layout.bodies)
        layout, keeper = replace(self._layout, bodies=bodies), self._keeper
        score = min(1.0, max(0.0, keeper.score))
        now = StoredScene(layout, self._task_name, self._cloud_seed, keeper.goals_reached, score, self._rested)
        return scene_to_json(now)

    # ------------------------------------------------------------------ acting

    def step(self, action: Mapping[str, NDArray[np.float32]]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Pick and place, or push from the pose "pick" towards the pose "place"; `info["action"]` says what happened.

        A push looks at x and y only, not at heights and yaws; a tilt is ignored by both, which the notes say.
        It has `placed` when the blade went its whole way; it never has `grasped`.

        Raises:
            InputError: the action is malformed.
            gymnasium.error.ResetNeeded: there was no reset yet.
        """
        if self._layout is None:
            raise gymnasium.error.ResetNeeded("step was called before reset")
        pick, pick_notes = decoded_pose(action, "pick")
        place, place_notes = decoded_pose(action, "place")
        steps_before = self._physics.steps
        with self.stopwatch.measure("physics"):
            self._physics.claim_margin()
            report = self._tool.act(self._physics, self._arm, pick, place)
            self._rested = self._physics.settle()
        reward = self._keeper.update(self._physics.poses())
        self._steps += 1
        if self._film is not None:
            self._film.show_goal(self._keeper.goal)
        # Where one action is all there is, the task's own rule ends the episode: nothing cuts it short.
        terminated = self._keeper.done or self._layout.max_steps == 1
        info = self._info()
        info["action"] = {
            **asdict(report),
            "notes": pick_notes + place_notes,
            "settled": self._rested,
            "physics_steps": self._physics.steps - steps_before,
        }
        return self._observe(), reward, terminated, not terminated and self._steps >= self._limit_of(self._layout), info

    def _limit_of(self, layout: Layout) -> int:
        return min(layout.max_steps, self._step_limit)

    def limit_steps(self, limit: int) -> None:
        """Makes that the limit of all episodes that would be longer (see `leo_agent.envs.step_limit`)."""
        self._step_limit = check_step_limit(self._task_name, limit, self._task.max_episode_steps)

    def expert_action(self) -> dict[str, NDArray[np.float32]]:
        """The expert's action in the present state; one that moves nothing when nothing is left to do."""
        if self._layout is None:
            raise gymnasium.error.ResetNeeded("expert_action was called before reset")
        pick, place = self._tool.expert(self._bodies, self._physics.poses(), self._keeper)
        return {"pick": encoded_pose(pick), "place": encoded_pose(place)}

    # ------------------------------------------------------------------ observing

    def _observe(self) -> Observation:
        assert self._layout is not None
        seen = self._observer.observe(self._physics.poses(), self._arm.joints_rad)
        return freeze({**seen, "instruction": self._layout.instruction(self._keeper.goals_reached)})

    def _info(self) -> dict[str, Any]:
        score = float(self._keeper.score)
        return {
            "episode_info": copy.deepcopy(self._description),
            "measures": {"score": score, "success": float(score > SUCCESS_SCORE)},
            "invalid": "",  # every episode here can be scored
        }

    def render(self) -> Any:
        """A picture (height, width, 3) uint8 of arm, table and objects, or a list of them; None without render_mode."""
        if self._film is None or self._layout is None:
            return None
        return self._film.picture() if self.render_mode == "rgb_array" else self._film.take()

    def close(self) -> None:
        """Disconnect from PyBullet; `reset` connects again."""
        self._layout = None
        self._physics.close()
