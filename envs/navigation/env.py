"""A navigation task as a Gymnasium environment above any simulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episode_env import EpisodeEnv, EpisodeSettings, ExpertOptions
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.navigation.episodes.split_files import find_scenes_folder
from leo_agent.envs.navigation.objects.episode_objects import ObjectOptions
from leo_agent.envs.navigation.objects.proposals import make_noise
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.navigation.tasks import NavigationTask, navigation_task
from leo_agent.envs.scenes.paths import is_folder


class NavigationEnv(EpisodeEnv):
    """Episodes of a navigation task, such as ObjectNav, in houses of Habitat's formats.

    Observations: `image`, `depth`, `segmentation` (left out with `render_observations=False`, which makes a step free
    of rendering), `object_points`, `object_boxes`, `object_mask`, `object_ids`, `agent_position`, `agent_rotation`,
    `instruction`, Habitat's `gps` (metres forward and right of the start pose) and `compass` (radians left of the start
    heading), and what the task adds. Of more than `num_objects` objects each observation holds those whose boxes are
    then nearest to the agent; goals have no precedence, so that an id of `goal_object_ids` may come into `object_ids`
    only on the way.

    Actions are Habitat's ids. Stop terminates, `max_episode_steps` truncates (`gymnasium.make` keeps an argument of
    that name to itself and wraps its own limit around this one). `reset` takes the options `episode_id` and `scene`;
    without them the episodes come in an order that the seed gives, each once before any comes again, scene after scene.
    With the options `start_position`, `start_rotation` and the task's own for the goal an episode that is not in the
    file begins in that scene.

    `info`: `episode_info` (description), `measures` (those of the task), `collided` (of the last action), and `invalid`
    (why the episode cannot be scored, "" where it can).

    Args:
        task: id of a registered task; an environment made by its id has it already.
        dataset: a `{split}.json.gz`, or the folder above it.
        split: its name, where `dataset` is a folder.
        scenes: the folder that holds the scene dataset, by default the nearest one above the dataset that does.
        simulator: "embedded" or "habitat".
        width: of the images, in pixels; by default the task's, as `height` and `hfov_deg` (the horizontal field of
            view).
        height: of the images, in pixels.
        hfov_deg: see `width`.
        max_episode_steps: by default the task's.
        num_objects: slots for objects in an observation.
        num_points: of each object's cloud.
        render_mode: "rgb_array" for pictures by `render()`.
        allow_sliding: along walls, in place of a stop at them.
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

    Raises:
        InputError: arguments or files are wrong.
    """

    def __init__(
        self,
        task: str,
        dataset: str | Path | None = None,
        split: str = "val",
        scenes: str | Path | None = None,
        simulator: str = "embedded",
        width: int | None = None,
        height: int | None = None,
        hfov_deg: float | None = None,
        max_episode_steps: int | None = None,
        num_objects: int = 60,
        num_points: int = 1024,
        render_mode: str | None = None,
        allow_sliding: bool = False,
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
    ) -> None:
        noise = make_noise(
            proposals, proposal_drop_rate, proposal_merge_rate, proposal_split_rate, proposal_jitter_m, proposal_seed
        )
        kind = navigation_task(task)
        settings = EpisodeSettings(
            max_episode_steps=kind.max_episode_steps if max_episode_steps is None else max_episode_steps,
            num_objects=num_objects,
            render_mode=render_mode,
            render_observations=render_observations,
            share_arrays=share_arrays,
            expert=ExpertOptions(expert, expert_clearance_m, expert_stop_within_m),
            objects=ObjectOptions(objects, proposals, noise),
        )
        episodes, first = _open(kind, dataset, split)
        config = SimulatorConfig(
            scenes=_scenes_folder(scenes, episodes.path, first),
            scene_dataset_config=first.scene_dataset_config,
            width=kind.image_size[0] if width is None else width,
            height=kind.image_size[1] if height is None else height,
            body=kind.body if hfov_deg is None else replace(kind.body, hfov_deg=hfov_deg),
            allow_sliding=allow_sliding,
            num_points=num_points,
            navmesh_cell_height_m=kind.navmesh_cell_height_m,
        )
        super().__init__(kind(episodes), make_simulator(simulator, config), config, settings)
        self.env_id = kind.env_id
        self.renderer = simulator


def _open(
    task: type[NavigationTask[Any]], dataset: str | Path | None, split: str
) -> tuple[EpisodeCollection[Any], Episode]:
    """The episodes, and the first of them."""
    if dataset is None:
        raise InputError("dataset: not given, expected a {split}.json.gz or the folder above it")
    episodes = task.read_episodes(dataset, split)
    first = next(iter(episodes), None)
    if first is None:
        raise InputError(f"{episodes.path}: no episodes in the split")
    return episodes, first


def _scenes_folder(scenes: str | Path | None, dataset_file: Path, first: Episode) -> Path:
    """The folder of the scenes, given or found."""
    if scenes is None:
        return find_scenes_folder(dataset_file, first)
    if not is_folder(Path(scenes)):
        raise InputError(f"scenes: found {str(scenes)!r}, expected the folder that holds the scenes")
    return Path(scenes)
