"""Demonstrations: recorded beside the environment, taken into the dataset beside the loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.environment import check_environment
from leo_agent.episodes.demonstrations.recorder import DemonstrationRecorder
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.episodes.run_folder import to_json
from leo_agent.rollout.episode import FinishedEpisode, Job, StepResult, Transition, outcome_of

_EPISODES_PER_FILE = 512


@dataclass(frozen=True)
class DemonstrationSubscription:
    """Asks for a recording of the episode."""

    dataset: str  # its folder
    env_id: str
    policy: str  # the name of what acts
    keep_failures: bool  # whether episodes without success are kept

    @property
    def needs_pictures(self) -> bool:
        return False

    def open(self, job: Job, env: gymnasium.Env[Any, Any]) -> "DemonstrationSubscriber":
        return DemonstrationSubscriber(self, job, check_environment(env, self.env_id).embodiment)


class DemonstrationSubscriber:
    """Records every step of one episode with the expert's action; at its end it waits to be taken into the dataset."""

    def __init__(self, subscription: DemonstrationSubscription, job: Job, embodiment: Embodiment) -> None:
        self._subscription, self._job = subscription, job
        self._recorder = DemonstrationRecorder(subscription.dataset, job.order, embodiment)
        self._ended = False

    def on_reset(self, result: StepResult) -> None:
        """A frame needs an action: there is none yet."""

    def on_step(self, transition: Transition, result: StepResult) -> None:
        """Adds a frame; after the last one the recording is completed, or dropped if it is not wanted."""
        before = transition.observation
        outcome = outcome_of(result.measures)
        success = result.done and outcome == "success"
        self._recorder.add(before, transition.action, before["expert_action"], transition.reward, result.done, success)
        if not result.done:
            return
        self._ended = True
        result.kept = success or self._subscription.keep_failures
        if result.kept:
            self._recorder.commit(self._description(result, outcome))
        else:
            self._recorder.discard()

    def discard(self) -> None:
        if not self._ended:
            self._recorder.discard()

    def _description(self, result: StepResult, outcome: str) -> dict[str, Any]:
        scene, episode_id = self._job.key
        return {
            "env": self._subscription.env_id,
            "split": result.description.get("split"),
            "scene": scene,
            "episode_id": episode_id,
            "seed": self._job.seed,
            "policy": self._subscription.policy,
            "outcome": outcome,
            "measures": to_json(result.measures),
            "description": to_json(result.description),
        }


class DatasetIntake:
    """Takes finished demonstrations into the dataset, in batches and in the order of the plan.

    So the dataset does not depend on the number of workers. A subscriber of the run.

    Args:
        writer: of the dataset.
        remaining: the jobs of the run that are not finished.
    """

    def __init__(self, writer: DatasetWriter, remaining: Sequence[Job]) -> None:
        self._writer = writer
        self._unfinished = {job.order for job in remaining}
        # A demonstration without a line in the results is of an episode that will run again.
        self._ready = {order for order in writer.waiting() if order not in self._unfinished}

    @property
    def num_episodes(self) -> int:
        """Episodes that are in the dataset."""
        return self._writer.num_episodes

    def on_finished(self, episode: FinishedEpisode) -> None:
        """Takes in a batch once it is full; an episode counts once all before it in the plan have finished."""
        order = episode.job.order
        self._unfinished.discard(order)
        if episode.result is not None and episode.result.kept and episode.outcome != "error":
            self._ready.add(order)
        first_unfinished = min(self._unfinished, default=None)
        complete = {order for order in self._ready if first_unfinished is None or order < first_unfinished}
        if len(complete) >= _EPISODES_PER_FILE:
            self._writer.flush(complete)
            self._ready -= complete

    def close(self) -> None:
        self._writer.close(self._ready)
