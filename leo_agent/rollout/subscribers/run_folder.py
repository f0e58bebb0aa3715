"""Writes a line of results for every episode, and their summary at the end."""

from collections.abc import Sequence
from typing import Any

from leo_agent.contract.measures import Measure
from leo_agent.episodes.run_folder import RunFolder, read_results
from leo_agent.results.rows import summarize
from leo_agent.rollout.episode import FinishedEpisode


class ResultsSubscriber:
    """Keeps episodes.jsonl and summary.json of a run folder.

    Args:
        folder: open for appending.
        env_id: of the environment.
        policy: the name of the policy.
        measures: what the environment measures.
    """

    def __init__(self, folder: RunFolder, env_id: str, policy: str, measures: Sequence[Measure]) -> None:
        self._folder, self._env_id, self._policy, self._measures = folder, env_id, policy, measures
        self.summary: dict[str, Any] = {}  # after close

    def on_finished(self, episode: FinishedEpisode) -> None:
        job, result = episode.job, episode.result
        scene, episode_id = job.key
        description = result.description if result else {}
        observation = result.observation if result else {}
        self._folder.append(
            {
                "env": self._env_id,
                "split": description.get("split"),
                "scene": scene,
                "episode_id": episode_id,
                "seed": job.seed,
                "policy": self._policy,
                "instruction": description.get("instruction", observation.get("instruction")),
                "steps": result.steps if result else 0,
                "measures": result.measures if result else {},
                "outcome": episode.outcome,
                "error": episode.error,
                "seconds": episode.seconds,
            }
        )

    def close(self) -> None:
        self.summary = summarize(
            read_results(self._folder.path), self._measures
        )  # a signal may have come amid an append
        self._folder.write_summary(self.summary)
