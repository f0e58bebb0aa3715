"""What a policy is, and what it is built from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.contract.observation import Observation


@runtime_checkable
class Policy(Protocol):
    """Decides for a batch of environments; the answer for one does not depend on who else is in the batch.

    The rollout adds to every observation `slot` (int, the index given to `reset`), `episode_seed` (int) and, if
    `needs_expert`, `expert_action`. Without `slot`, the position in the batch is meant (see `slot_of`).

    A class of one's own needs `reset` and `act` alone: `as_policy` gives the rest its defaults.
    """

    @property
    def name(self) -> str:
        """The name under which its results are reported; by default that of its class."""

    @property
    def needs_expert(self) -> bool:
        """Whether observations have to carry `expert_action`; by default they need not."""

    def fingerprint(self) -> str | None:
        """What distinguishes it from policies of the same name, such as a hash of its weights; by default None."""

    def reset(self, indices: Sequence[int]) -> None:
        """The environments of these slots start a new episode."""

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        """One action of the environment's embodiment for each observation."""


@dataclass(frozen=True)
class PolicyContext:
    """What a policy may need to be built."""

    embodiment: Embodiment
    device: str = "auto"  # CUDA where there is one, or a torch device string
    seed: int = 0  # of the run
    options: Mapping[str, Any] = field(default_factory=dict)  # the policy's own

    @property
    def action_space(self) -> Any:
        """The environment's action space."""
        return self.embodiment.action_space()


class _Adapted:
    """A policy of two methods, with the defaults of the rest."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy
        self.name = str(getattr(policy, "name", type(policy).__name__))
        self.needs_expert = bool(getattr(policy, "needs_expert", False))

    def fingerprint(self) -> str | None:
        own = getattr(self._policy, "fingerprint", None)
        return own() if callable(own) else None

    def reset(self, indices: Sequence[int]) -> None:
        self._policy.reset(indices)

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        return self._policy.act(observations, instructions)  # type: ignore[no-any-return]


def as_policy(policy: Any, where: str = "policy") -> Policy:
    """The object itself if it is a whole policy, else one around it that has the defaults of what it lacks.

    Args:
        policy: has `reset(indices)` and `act(observations, instructions)` at least.
        where: what error messages call it.

    Raises:
        InputError: it lacks one of the two.
    """
    missing = [name for name in ("reset", "act") if not callable(getattr(policy, name, None))]
    if missing:
        kind, lacking = type(policy).__name__, " and no ".join(missing)
        raise InputError(f"{where}: a {kind} has no {lacking}; expected reset(indices) and act(observations, …)")
    return policy if isinstance(policy, Policy) else _Adapted(policy)


def slot_of(observation: Observation, position: int) -> int:
    """The slot of an observation at this position of the batch."""
    return int(observation.get("slot", position))
