"""Habitat's ObjectNav task as a Gymnasium environment above any simulator."""

from __future__ import annotations

import math
from pathlib import Path

from leo_agent.envs.navigation.episode_env import EpisodeEnv, EpisodeSettings, check_at_least
from leo_agent.envs.navigation.episodes.dataset import ObjectNavDataset, find_scenes_folder
from leo_agent.envs.navigation.experts.search import ExpertConfig
from leo_agent.envs.navigation.objects.episode_objects import ObjectOptions
from leo_agent.envs.navigation.objects.proposals import make_noise
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.scenes.paths import is_folder

from leo_agent.contract.errors import InputError


class ObjectNavEnv(EpisodeEnv):
    """Find an instance of a category and stop near it (habitat-lab 0.3.4's ObjectNav-v1; step limit 500).

    `dataset` is a `{split}.json.gz` or the folder above it; `scenes` the folder that holds the scene dataset, by
    default the nearest one above the dataset that does. Actions are Habitat's ids, `simulators.ACTIONS`.

    Observations: `image`, `depth`, `segmentation` (left out with `render_observations=False`, which makes a step free
    of rendering), `object_points`, `object_boxes`, `object_mask`, `object_ids`, `agent_position`, `agent_rotation`,
    `instruction`, and Habitat's `gps` (metres forward and right of the start pose), `compass` (radians left of the
    start heading) and `objectgoal` (task category id).

    `share_arrays=True` hands over the very same object arrays while nothing changed, so that a step costs no copy of
    the scene; Gymnasium's checker wants new ones at every step.

    Objects: `objects="scene"` gives the clouds of the whole scene from the start, "seen" those fused from the depth
    images so far (seen_objects.py). `proposals="noisy"` gives what a detector would instead of the true instances,
    with the rates, shift and seed of the `proposal_` options (by default those of ProposalNoise); the episode and
    that seed decide, not the seed of `reset`. Of more than `num_objects` objects each observation holds those whose
    boxes are then nearest to the agent; goals have no precedence, so that an id of `goal_object_ids` may come into
    `object_ids` only on the way.

    Experts: "search" (expert.py), or "greedy", Habitat's own (greedy_follower.py). `expert_clearance_m` and
    `expert_stop_within_m` make the first keep away from walls and go on towards the object: for demonstrations, since
    to imitate the shortest path is to bump into corners.

    Reward, as habitat-lab's: metres gained towards the nearest goal view point, minus 0.01, plus 2.5 on success.
    Stop terminates, `max_episode_steps` truncates (`gymnasium.make` keeps an argument of that name to itself and wraps
    its own limit around this one). `reset` takes the options `episode_id` and `scene`; without them the
    episodes come in an order that the seed gives, each once before any comes again, scene after scene. With the options
    `category`, `start_position` and `start_rotation` an episode that is not in the file begins in that scene.

    `info`: `episode_info` (description), `measures` (see measures.py), `collided` (of the last action), and `invalid` (why
    the episode cannot be scored) where that is so. Raises `InputError` for wrong arguments and files.
    """

    env_id = "leo/ObjectNav-v0"

    def __init__(
        self,
        dataset: str | Path | None = None,
        split: str = "val",
        scenes: str | Path | None = None,
        simulator: str = "embedded",
        width: int = 640,
        height: int = 480,
        hfov_deg: float = 79.0,
        max_episode_steps: int = 500,
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
        episodes, folder, scene_dataset_config = _open(dataset, split, scenes)
        config = SimulatorConfig(
            folder, scene_dataset_config, width, height, hfov_deg, allow_sliding=allow_sliding, num_points=num_points
        )
        settings = EpisodeSettings(
            max_episode_steps=max_episode_steps,
            num_objects=num_objects,
            render_mode=render_mode,
            render_observations=render_observations,
            share_arrays=share_arrays,
            expert=expert,
            expert_config=_expert_config(config, expert_clearance_m, expert_stop_within_m),
            objects=ObjectOptions(objects, proposals, noise),
        )
        super().__init__(episodes, make_simulator(simulator, config), config, settings)


def _expert_config(config: SimulatorConfig, clearance_m: float, stop_within_m: float | None) -> ExpertConfig:
    check_at_least(0, expert_clearance_m=clearance_m, expert_stop_within_m=stop_within_m or 0.0)
    return ExpertConfig(
        forward_m=config.forward_step_m,
        turn_deg=config.turn_angle_deg,
        clearance_m=clearance_m,
        stop_within_m=math.inf if stop_within_m is None else stop_within_m,
    )


def _open(dataset: str | Path | None, split: str, scenes: str | Path | None) -> tuple[ObjectNavDataset, Path, str]:
    """The episodes, the folder of their scenes, and the scene dataset's configuration in it."""
    if dataset is None:
        raise InputError("dataset: not given, expected an ObjectNav-v1 {split}.json.gz or the folder above it")
    episodes = ObjectNavDataset(dataset, split)
    first = next(iter(episodes), None)
    if first is None:
        raise InputError(f"{episodes.path}: no episodes in the split")
    if scenes is not None and not is_folder(Path(scenes)):
        raise InputError(f"scenes: found {str(scenes)!r}, expected the folder that holds the scenes")
    folder = find_scenes_folder(episodes.path, first) if scenes is None else Path(scenes)
    return episodes, folder, first.scene_dataset_config
