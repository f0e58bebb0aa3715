"""What an environment offers beyond Gymnasium's API, and the check that it does."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.contract.measures import Measure


@runtime_checkable
class Environment(Protocol):
    """A Gymnasium environment whose episodes can be named, scored and demonstrated.

    Reached as `env.unwrapped`. `reset(seed=…, options=…)` takes the options that `episode_options` gives; without any
    the next episode comes, in an order that the seed gives. After every reset and step `info` holds

    - `episode_info`: what the episode is, values of JSON, with `split`, `scene`, `episode_id` and `instruction`;
    - `measures`: the measures by name, numbers;
    - `invalid`: why the episode cannot be scored, "" where it can (only then there is anything to step).

    Values keep one type each from step to step.
    """

    @property
    def embodiment(self) -> Embodiment:
        """The body that acts."""

    @property
    def measures(self) -> Sequence[Measure]:
        """What `info["measures"]` holds, in the order of their columns."""

    @property
    def renderer(self) -> str:
        """What draws the images, as it is recorded with a run: "embedded", "habitat"."""

    def episode_options(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Reset options of the first `limit` episodes of the split, each with `scene` (or None) and `episode_id`.

        Without a limit all of a split that ends; of one that has no end, as many as one usually wants.
        """

    def expert_action(self) -> Any:
        """What the environment's own expert would do now, knowing everything."""


@runtime_checkable
class ReadsFiles(Protocol):
    """An environment whose episodes are made from files."""

    def content_hashes(self, scenes: Sequence[Any]) -> dict[str, str]:
        """Hashes of the files that decide about episodes in these scenes, by what they are, such as "episodes".

        A run is resumed only where those are the same that both times have a hash.
        """


@runtime_checkable
class DrawsStarts(Protocol):
    """An environment that can draw episodes which its split does not have."""

    def random_episode_options(self, scene: str, rng: np.random.Generator) -> dict[str, Any]:
        """Reset options of a new episode in a scene; ends the running one."""


def check_environment(env: gymnasium.Env[Any, Any], env_id: str) -> Environment:
    """The environment without its wrappers.

    Raises:
        InputError: it lacks a member of `Environment`.
    """
    plain = env.unwrapped
    members = ("embodiment", "measures", "renderer", "episode_options", "expert_action")
    missing = [name for name in members if not hasattr(plain, name)]
    if missing:
        raise InputError(
            f"env: {env_id} has no {', '.join(missing)}, which leo_agent.contract.environment.Environment asks for"
        )
    return plain  # type: ignore[return-value]  # just checked
