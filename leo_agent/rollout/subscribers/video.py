"""Films an episode: one MP4, named by its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from leo_agent.episodes.demonstrations.video import VideoWriter
from leo_agent.rollout.episode import Job, StepResult, Transition, outcome_of

_DEFAULT_FPS = 5


@dataclass(frozen=True)
class VideoSubscription:
    """Asks for a video of the episode."""

    stem: str  # path without suffix; the outcome and `.mp4` are added

    @property
    def needs_pictures(self) -> bool:
        return True

    def open(self, job: Job, env: gymnasium.Env[Any, Any]) -> "EpisodeFilm":
        return EpisodeFilm(env, self.stem)


class EpisodeFilm:
    """Writes what the environment renders after its reset and after every step; a subscriber of one episode.

    Args:
        env: renders pictures, (H, W, 3) uint8, or lists of them.
        stem: path of the video without suffix.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], stem: str) -> None:
        self._env = env
        self._video = VideoWriter(f"{stem}.mp4", env.metadata.get("render_fps") or _DEFAULT_FPS)
        self._ended = False

    def on_reset(self, result: StepResult) -> None:
        self._film(result.measures, result.done)

    def on_step(self, transition: Transition, result: StepResult) -> None:
        self._film(result.measures, result.done)

    def discard(self) -> None:
        if not self._ended:
            self._video.discard()

    def _film(self, measures: Mapping[str, float], done: bool) -> None:
        pictures: Any = self._env.render()
        for picture in pictures if isinstance(pictures, list) else [pictures]:
            self._video.add(np.asarray(picture, dtype=np.uint8))
        if done:
            self._ended = True
            path = self._video.close()
            if path is not None:
                path.rename(path.with_name(f"{path.stem}-{outcome_of(measures)}.mp4"))
