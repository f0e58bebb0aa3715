"""habitat-lab's ObjectNav task, with its own simulator, sensors and measures, as a Gymnasium environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episode_env import EpisodeEnv, EpisodeSettings, ExpertOptions
from leo_agent.envs.navigation.habitat_lab.config import (
    WANTED_BY,
    choose_dataset,
    compose_config,
    fit_to_contract,
    simulator_config,
    success_distance_m,
)
from leo_agent.envs.navigation.habitat_lab.episodes import LabEpisodes
from leo_agent.envs.navigation.habitat_lab.measures import LabMeasures
from leo_agent.envs.navigation.habitat_lab.simulator import LabSimulator
from leo_agent.envs.navigation.measures.tracker import MeasureTracker
from leo_agent.envs.navigation.running import RunningEpisode
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav


class HabitatLabObjectNavEnv(EpisodeEnv):
    """The ObjectNav task of habitat-lab 0.3.4 over the real habitat-sim, from one of habitat-lab's configurations.

    Episodes, actions, observations, `reset` options and `info` are those of leo/ObjectNav-v0: habitat-lab's images as
    own arrays, depth in metres without its clipping and scaling, and every kind of image even where the configuration
    has no such sensor (it is then put where the others are). The episodes come in the order of the seed, each once
    before any comes again, whatever the configuration's iterator says.

    Measures are those of the configuration. Where habitat-lab has none, or gives NaN or divides by zero (goals out of
    reach, starts at a goal), those of leo/ObjectNav-v0 stand. The reward is that of the configuration: its reward
    measure, its slack reward, and its success reward where its success measure is not 0. A stop terminates,
    the configuration's limits of steps and seconds truncate.

    The `habitat.Env` is `env.unwrapped.habitat_env` once an episode was reset.

    Args:
        config: name or path of a habitat-lab configuration file, or a composed `DictConfig`.
        overrides: of the file, as on habitat-lab's command line.
        dataset: as of NavigationEnv; by default, as the four after it, what the configuration says.
        split: name of the split; with a `dataset` by default val (habitat-lab's own files say train).
        scenes: the folder that holds the scene dataset.
        width: of the images, in pixels.
        height: of the images, in pixels.
        num_objects: this and all others: as of NavigationEnv.
        num_points: of each object's cloud.
        render_mode: "rgb_array" for pictures by `render()`.
        render_observations: whether observations hold images.
        share_arrays: hands over the very same object arrays while nothing changed.
        expert: "search" or "greedy".
        expert_clearance_m: how far "search" keeps away from walls.
        expert_stop_within_m: how near to the goal's box experts stop.

    Raises:
        InputError: arguments are wrong, habitat-lab refuses something, or it is not installed: then with the way to get
            it.
    """

    env_id = WANTED_BY
    renderer = "habitat-lab"
    simulator: LabSimulator

    def __init__(
        self,
        config: Any = "benchmark/nav/objectnav/objectnav_hm3d.yaml",
        overrides: Sequence[str] = (),
        dataset: str | Path | None = None,
        split: str | None = None,
        scenes: str | Path | None = None,
        width: int | None = None,
        height: int | None = None,
        num_objects: int = 60,
        num_points: int = 1024,
        render_mode: str | None = None,
        render_observations: bool = True,
        share_arrays: bool = False,
        expert: str = "search",
        expert_clearance_m: float = 0.0,
        expert_stop_within_m: float | None = None,
    ) -> None:
        if render_mode is not None and not render_observations:
            raise InputError(f"render_mode: found {render_mode!r} with render_observations=False, expected None then")
        composed = compose_config(config, overrides)
        choose_dataset(composed, dataset, split, scenes)
        fit_to_contract(composed, width, height, render_observations)
        episodes = LabEpisodes(composed)
        first = next(iter(episodes))
        settings = simulator_config(composed, first.scene_dataset_config, num_points)
        self._lab_task, self._lab_limit = composed.habitat.task, int(composed.habitat.environment.max_episode_steps)
        super().__init__(
            ObjectNav(episodes),
            LabSimulator(composed, episodes, settings),
            settings,
            EpisodeSettings(
                success_distance_m=success_distance_m(composed),
                num_objects=num_objects,
                render_mode=render_mode,
                render_observations=render_observations,
                share_arrays=share_arrays,
                expert=ExpertOptions(expert, expert_clearance_m, expert_stop_within_m),
            ),
        )

    @property
    def habitat_env(self) -> Any:
        """The wrapped `habitat.Env`."""
        return self.simulator.env

    def limit_steps(self, limit: int) -> None:
        """Checks that Gymnasium's own limit comes first: habitat-lab ends episodes by its configuration.

        Raises:
            InputError: it does not.
        """
        if limit > self._lab_limit:
            raise InputError(
                f"max_episode_steps: found {limit}, expected at most the configuration's {self._lab_limit}, or "
                f"overrides=['habitat.environment.max_episode_steps={limit}']"
            )

    def _enter(self, episode: Any) -> None:
        self.simulator.enter(episode)

    def _begin_measures(self, episode: Any) -> MeasureTracker:
        distance = self.simulator.goal_tracker(episode.view_points)
        position = self.simulator.agent_state.position
        return LabMeasures(
            self.habitat_env.get_metrics, distance, position, self._measures, self._settings.success_distance_m
        )

    def _is_out_of_time(self, running: RunningEpisode) -> bool:
        return bool(self.habitat_env.episode_over)

    def _reward(self, running: RunningEpisode) -> float:
        measures = running.measures
        values = {**measures.values(), "distance_to_goal_reward": measures.distance_gained_m}
        task = self._lab_task
        success_reward = task.success_reward if values.get(task.success_measure) else 0.0
        return float(values.get(task.reward_measure, 0.0) + task.slack_reward + success_reward)
