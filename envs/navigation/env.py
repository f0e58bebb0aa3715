"""A navigation task as a Gymnasium environment above any simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.envs.flat_options import flat_signature
from leo_agent.envs.house_sets.built_in import VERSION, built_in_split
from leo_agent.envs.navigation import tasks
from leo_agent.envs.navigation.episode_env import EpisodeEnv, EpisodeSettings, ExpertOptions
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.episodes.selection import EpisodeSelection
from leo_agent.envs.navigation.episodes.split_files import MadeOnDemand, SplitFiles, find_scenes_folder
from leo_agent.envs.navigation.objects.episode_objects import ObjectOptions
from leo_agent.envs.navigation.objects.proposals import make_noise
from leo_agent.envs.navigation.objects.seen_objects import MAX_DEPTH_M
from leo_agent.envs.navigation.settings import GROUPS, NavigationSettings
from leo_agent.envs.navigation.simulators import make_simulator
from leo_agent.envs.navigation.tasks import NavigationTask, navigation_task
from leo_agent.envs.scenes.paths import is_folder

TASKS = tasks.__name__
CAMERA = ("width", "height", "hfov_deg", "camera_height_m", "camera_pitch_deg")
BUILT_IN = f"built-in houses, version {VERSION}"


class NavigationEnv(EpisodeEnv):
    """Episodes of a navigation task, such as ObjectNav, in houses of Habitat's formats.

    Observations: `image`, `depth`, `segmentation` (left out with `render_observations=False`, which makes a step free
    of rendering), `object_points`, `object_boxes`, `object_mask`, `object_ids`, `agent_position`, `agent_rotation`,
    `instruction`, Habitat's `gps` (metres forward and right of the start pose) and `compass` (radians left of the start
    heading), and what the task adds. Of more than `num_objects` objects each observation holds those whose boxes are
    then nearest to the agent; goals have no precedence, so that an id of `goal_object_ids` may come into `object_ids`
    only on the way.

    Actions are Habitat's ids. Stop terminates, `max_episode_steps` truncates. `reset` takes the options `episode_id`
    and `scene`; without them the episodes come in an order that the seed gives, each once before any comes again, scene
    after scene. With the options `start_position`, `start_rotation` and the task's own for the goal an episode that is
    not in the file begins in that scene.

    `info`: `episode_info` (description), `measures` (those of the task), `collided` (of the last action), and `invalid`
    (why the episode cannot be scored, "" where it can).

    Args:
        task: id of a registered task; an environment made by its id has it already.
        dataset: a `{split}.json.gz`, or the folder above it. Without one the episodes are those of the built-in houses,
            which are made when they are first asked for and kept in the cache folder.
        split: its name, where `dataset` is a folder: by default "val"; the built-in houses have train, too.
        scenes: the folder that holds the scene dataset, by default the nearest one above the dataset that does.
        simulator: "embedded" or "habitat".
        num_objects: slots for objects in an observation.
        num_points: of each object's cloud.
        render_mode: "rgb_array" for pictures by `render()`.
        render_observations: whether observations hold images.
        share_arrays: hands over the very same object arrays while nothing changed, so that a step costs no copy of the
            scene; Gymnasium's checker wants new ones at every step.
        expert: "search", or "greedy", Habitat's own.
        expert_clearance_m: makes the first keep away from walls: for demonstrations, since to imitate the shortest path
            is to bump into corners.
        expert_stop_within_m: makes experts go on towards the goal's object, up to that far from its box.
        objects: "scene" gives the clouds of the whole scene from the start, "seen" those fused from the depth images so
            far.
        proposals: "ground-truth", or "noisy" for what a detector would give instead of the true instances, with the
            rates, shift and seed of the `proposal_` options. The episode and that seed decide, not the seed of `reset`.
        proposal_drop_rate: by default, as the four after it, that of ProposalNoise.
        proposal_merge_rate: see ProposalNoise.
        proposal_split_rate: see ProposalNoise.
        proposal_jitter_m: see ProposalNoise.
        proposal_seed: see ProposalNoise.
        width: of the images, in pixels; by default, as all that follow, as the task has it.
        height: of the images, in pixels.
        hfov_deg: the horizontal field of view.
        camera_height_m: above the agent's base.
        camera_pitch_deg: of the camera at the start of an episode, upwards.
        min_depth_m: of the depth image; what is nearer is as far as that. By default there is no range: metres, and 0
            where nothing was hit.
        max_depth_m: of the depth image; what is farther is as far as that.
        normalize_depth: makes 0 to 1 of that range (by default the task's), as habitat-lab does.
        agent_height_m: this, the radius and the two after it decide where the agent can walk: where a scene's own
            navmesh is for another agent, one is baked.
        agent_radius_m: see `agent_height_m`.
        max_climb_m: see `agent_height_m`.
        navmesh_cell_height_m: see `agent_height_m`.
        forward_step_m: of `move_forward`.
        turn_angle_deg: of `turn_left` and `turn_right`.
        tilt_angle_deg: of `look_up` and `look_down`.
        allow_sliding: along walls, in place of a stop at them; by default off.
        max_episode_steps: the limit of an episode.
        success_distance_m: a stop strictly nearer than that is a success.
        distance_to: "VIEW_POINTS", or "POINT" for the middle of the goal's object, by habitat-lab's names.
        content_scenes: name or names of the only scenes to play in.
        episode_ids: the only episodes: "3" is that of every scene, "house_0002/3" that of one.
        categories: the only ones to ask for.

    Raises:
        InputError: arguments or files are wrong, or an argument could have no effect.
    """

    def __init__(
        self,
        task: str,
        dataset: str | Path | None = None,
        split: str | None = None,
        scenes: str | Path | None = None,
        simulator: str = "embedded",
        num_objects: int = 60,
        num_points: int = 1024,
        render_mode: str | None = None,
        render_observations: bool = True,
        share_arrays: bool = False,
        expert: str = "search",
        expert_clearance_m: float = 0.0,
        expert_stop_within_m: float | None = None,
        objects: str = "scene",
        proposals: str = "ground-truth",
        proposal_drop_rate: float | None = None,
        proposal_merge_rate: float | None = None,
        proposal_split_rate: float | None = None,
        proposal_jitter_m: float | None = None,
        proposal_seed: int | None = None,
        **settings: Any,
    ) -> None:
        kind = navigation_task(task)
        chosen = NavigationSettings.of(kind, settings)
        noise = make_noise(
            proposals, proposal_drop_rate, proposal_merge_rate, proposal_split_rate, proposal_jitter_m, proposal_seed
        )
        depth = chosen.camera.depth_sensor(kind, render_observations)
        episode_settings = EpisodeSettings(
            success_distance_m=chosen.success_distance_m,
            max_episode_steps=chosen.max_episode_steps,
            num_objects=num_objects,
            render_mode=render_mode,
            render_observations=render_observations,
            share_arrays=share_arrays,
            depth=depth,
            expert=ExpertOptions(expert, expert_clearance_m, expert_stop_within_m),
            objects=ObjectOptions(objects, proposals, noise, (depth.nearest_m, depth.max_m or MAX_DEPTH_M)),
        )
        selection = chosen.chosen_episodes()
        _check_stop(expert_stop_within_m, selection)
        opened = _open(kind, dataset, split, scenes, selection)
        config = chosen.simulator_config(opened.scenes, opened.scene_dataset_config, num_points)
        episodes = opened.episodes
        if simulator == "habitat" and dataset is None:
            list(episodes)  # habitat-sim looks once what a scene dataset holds: houses have to be made by then
        super().__init__(kind(episodes), make_simulator(simulator, config), config, episode_settings)
        self.env_id = kind.env_id
        self.renderer = simulator
        self._resolved = {**({"dataset": BUILT_IN} if dataset is None else {}), "split": episodes.split}
        self._resolved |= chosen.resolved(config, depth)

    @staticmethod
    def unused_options(options: Mapping[str, Any], draws_pictures: bool) -> dict[str, str]:
        """Which of the constructor's arguments a run would not look at, and why; `draws_pictures` by `render()`."""
        if draws_pictures or options.get("render_observations", True):
            return {}
        return {name: "but nothing is drawn with render_observations=False" for name in CAMERA if name in options}

    @property
    def resolved_options(self) -> dict[str, Any]:
        """What the constructor's arguments came to, values of JSON."""
        return {**self._resolved, "max_episode_steps": self._settings.max_episode_steps}


NavigationEnv.__signature__ = flat_signature(NavigationEnv.__init__, GROUPS)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Opened:
    """The chosen episodes, and the folder and the dataset of their scenes."""

    episodes: EpisodeCollection[Any]
    scenes: Path
    scene_dataset_config: str


def _open(
    task: type[NavigationTask[Any]],
    dataset: str | Path | None,
    split: str | None,
    scenes: str | Path | None,
    selection: EpisodeSelection,
) -> _Opened:
    """The chosen episodes of a dataset, or of the built-in houses without one."""
    if dataset is None:
        return _open_built_in(task, split or "val", scenes, selection)
    everything = task.read_episodes(dataset, split or "val")
    if split is not None and everything.split != split:
        raise InputError(f"split: found {split!r}, but {dataset} is the split {everything.split!r}")
    episodes = everything.selected(selection)
    first = next(iter(episodes), None)
    if first is None:
        raise InputError(f"{episodes.path}: no episodes in the split")
    if scenes is not None and not is_folder(Path(scenes)):
        raise InputError(f"scenes: found {str(scenes)!r}, expected the folder that holds the scenes")
    folder = find_scenes_folder(episodes.path, first) if scenes is None else Path(scenes)
    return _Opened(episodes, folder, first.scene_dataset_config)


def _open_built_in(
    task: type[NavigationTask[Any]], split: str, scenes: str | Path | None, selection: EpisodeSelection
) -> _Opened:
    if scenes is not None:
        raise InputError(f"scenes: found {str(scenes)!r} without a dataset, whose episodes would be in these scenes")
    there = built_in_split(task.built_in_episodes, split)
    # A task of a user's own may leave episodes out: then only reading tells which there are.
    known = there.episode_ids if task.__module__.startswith(f"{TASKS}.") else None
    files = SplitFiles(there.top_file, split, there.content_files, MadeOnDemand(there.make_content, known))
    episodes = task.read_episodes(files, split).selected(selection)
    return _Opened(episodes, there.folder, there.scene_dataset_config)


def _check_stop(expert_stop_within_m: float | None, selection: EpisodeSelection) -> None:
    if expert_stop_within_m is not None and selection.distance_to == "POINT":
        raise InputError(
            f"expert_stop_within_m: found {expert_stop_within_m!r}, but episodes end at points here, not near objects"
        )
