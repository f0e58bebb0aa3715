"""What a policy is, how one is registered under a name, and how a name, a folder or an import path becomes one."""

import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from leo_agent import policies
from leo_agent.contract.errors import InputError

Observation = Mapping[str, Any]


@runtime_checkable
class Policy(Protocol):
    """Decides for a batch of environments; the answer for one does not depend on who else is in the batch.

    The rollout adds to every observation `slot` (int, the index given to `reset`), `episode_seed` (int) and, if
    `needs_expert`, `expert_action`. Without `slot`, the position in the batch is meant.
    """

    name: str
    needs_expert: bool

    def reset(self, indices: Sequence[int]) -> None:
        """The environments of these slots start a new episode."""

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[Any]:
        """One action an observation: int (navigation) or {"pick": (7,), "place": (7,)} float32 (tabletop)."""


@dataclass(frozen=True)
class PolicyContext:
    """What a policy may need to be built: the environment's action space, the device and the run's seed.

    `device` is "auto" (CUDA where there is one) or a torch device string. `options` are the policy's own.
    """

    action_space: Any = None
    device: str = "auto"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


PolicyFactory = Callable[[PolicyContext], Policy]
_FACTORIES: dict[str, PolicyFactory] = {}
_OPTIONS: dict[str, tuple[str, ...]] = {}
LONGEST_NAME = 1024
LEO_OPTIONS = ("beams", "legacy")  # of every policy from weights; see `leo_agent.policies.leo.acting.policy`


def register_policy(name: str, options: tuple[str, ...] = ()) -> Callable[[PolicyFactory], PolicyFactory]:
    """Decorator: makes a factory (or a class built from a PolicyContext) available under `name`, with its options."""

    def register(factory: PolicyFactory) -> PolicyFactory:
        if _FACTORIES.get(name, factory) is not factory:
            raise ValueError(f"policy {name!r} is registered twice")
        _FACTORIES[name], _OPTIONS[name] = factory, options
        return factory

    return register


def policy_names() -> list[str]:
    """Registered names, after every module of this package was imported."""
    for module in pkgutil.iter_modules(policies.__path__):
        importlib.import_module(f"{policies.__name__}.{module.name}")
    return sorted(_FACTORIES)


def make_policy(name_or_path: str, context: PolicyContext) -> Policy:
    """A policy from a registered name, a folder holding config.json or a hub id (LEO's weights), or `module:Class`.

    Raises InputError that lists what exists when it is none of them, and one that tells where the code of a
    `module:Class` failed.
    """
    names = policy_names()
    if name_or_path in names:
        check_options(name_or_path, context.options, _OPTIONS[name_or_path])
        return _FACTORIES[name_or_path](context)
    if len(name_or_path) > LONGEST_NAME:
        raise InputError(f"policy: a name of {len(name_or_path)} letters, expected at most {LONGEST_NAME}")
    if (Path(name_or_path) / "config.json").is_file() or may_be_hub_id(name_or_path):
        from leo_agent.policies.leo.acting.policy import LeoPolicy  # torch and transformers are needed only here

        check_options(name_or_path, context.options, LEO_OPTIONS)
        return LeoPolicy.from_pretrained(name_or_path, context)
    if ":" in name_or_path:
        return _build(name_or_path, context)
    if Path(name_or_path).is_dir():
        raise InputError(f"policy folder {name_or_path}: config.json is missing; expected a folder written by training")
    raise InputError(
        f"unknown policy {name_or_path!r}; expected one of {', '.join(names)}, a folder that holds config.json, "
        "owner/name on the Hugging Face hub, or module:Class"
    )


def check_options(policy: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    """InputError for an option that the policy does not have."""
    for name in found:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise InputError(f"policy {policy!r}: unknown option {name!r}; {has}")


def may_be_hub_id(name: str) -> bool:
    """Whether the name is of the form owner/name, and no path: no folder `owner` is here."""
    owner, slash, rest = name.partition("/")
    parts = (re.fullmatch(r"\w[\w.-]*", part) for part in (owner, rest))
    return bool(slash) and all(parts) and not Path(owner).is_dir()


def slot_of(observation: Observation, position: int) -> int:
    """The slot of an observation at this position of the batch."""
    return int(observation.get("slot", position))


def is_tabletop(observation: Observation) -> bool:
    """Worlds are told apart by their keys: only the tabletop has a height map."""
    return "height_map" in observation


def _build(path: str, context: PolicyContext) -> Policy:
    factory = _import_factory(path)
    try:
        return factory(context) if inspect.signature(factory).parameters else factory()  # type: ignore[call-arg]
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"policy {path!r}: {path.partition(':')[2]}(context) failed: {_told(error)}; "
            "expected a class that is built from one PolicyContext, or from nothing"
        ) from error


def _import_factory(path: str) -> PolicyFactory:
    module_name, _, attribute = path.partition(":")
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise InputError(f"policy {path!r}: {module_name!r} is not the name of a module; expected module:Class")
    try:
        module = _import_from_here(module_name)
    except ModuleNotFoundError as error:
        raise InputError(f"policy {path!r}: no module named {error.name!r} in {os.getcwd()} or on the path") from error
    except Exception as error:
        raise InputError(f"policy {path!r}: importing {module_name} failed: {_told(error)}") from error
    factory = getattr(module, attribute, None)
    if not callable(factory):
        found = sorted(name for name in vars(module) if not name.startswith("_"))
        raise InputError(f"policy {path!r}: {module_name} has no class {attribute!r}; it has {', '.join(found)}")
    return factory


def _told(error: Exception) -> str:
    """An exception and the innermost line of code it came from, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} (at {frames[-1].filename}:{frames[-1].lineno})"


def _import_from_here(module_name: str) -> Any:
    """Import that also looks in the working folder, which console scripts do not do by themselves."""
    here = os.getcwd()
    if here in sys.path or "" in sys.path:
        return importlib.import_module(module_name)
    sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    finally:
        sys.path.remove(here)
