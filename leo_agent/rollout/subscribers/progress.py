"""Shows on stderr how far a run is."""

import logging
import sys
from collections.abc import Iterable

from tqdm import tqdm

from leo_agent.contract.handles import NotCopyable
from leo_agent.rollout.episode import FinishedEpisode

log = logging.getLogger(__name__)


class ProgressBar(NotCopyable):
    """A bar of episodes with the success so far; reports every episode that failed.

    Args:
        outcomes: of the episodes that the run folder holds already; errors are tried again and do not count.
        total: episodes of the run.
        policy: the name of the policy.
        visible: whether the bar is drawn.
    """

    instead = "it holds a line of the terminal; make another"

    def __init__(self, outcomes: Iterable[str], total: int, policy: str, visible: bool) -> None:
        self._outcomes = [outcome for outcome in outcomes if outcome != "error"]
        self._bar = tqdm(total=total, initial=len(self._outcomes), unit="episode", desc=policy, disable=not visible)
        self._show()

    def on_finished(self, episode: FinishedEpisode) -> None:
        self._outcomes.append(episode.outcome)
        if episode.outcome == "error":
            last_line = (episode.error or "").strip().splitlines()[-1]
            with tqdm.external_write_mode(file=sys.stderr):
                log.warning("episode %s failed: %s", episode.job.options["episode_id"], last_line)
        self._bar.update()
        self._show()

    def close(self) -> None:
        self._bar.close()

    def _show(self) -> None:
        scored = [outcome for outcome in self._outcomes if outcome in ("success", "failure")]
        shown = {"success": f"{scored.count('success') / len(scored):.0%}"} if scored else {}
        for outcome in ("invalid", "error"):
            if outcome in self._outcomes:
                shown[outcome] = str(self._outcomes.count(outcome))
        self._bar.set_postfix(shown)
