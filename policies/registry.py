"""What is registered: policies under their names, and families of weights, told apart by their config.json.

A new policy, or a new family, is one new file in this package, or a module of one's own that is imported first.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from leo_agent import policies
from leo_agent.contract.errors import InputError
from leo_agent.contract.policy import PolicyContext

# Gives a policy (see `leo_agent.contract.policy.as_policy`): a function, or a class built from a PolicyContext.
PolicyFactory = Callable[[PolicyContext], Any]
Factory = TypeVar("Factory", bound=PolicyFactory)
WeightsLoader = Callable[[str, PolicyContext], Any]
Loader = TypeVar("Loader", bound=WeightsLoader)


@dataclass(frozen=True)
class RegisteredPolicy:
    """A policy that is known by a name."""

    factory: PolicyFactory
    options: tuple[str, ...]  # that it has
    has_device: bool  # whether it may run on another device than the CPU


@dataclass(frozen=True)
class WeightsFamily:
    """Weights of one kind of model, in folders or hub repositories that hold a config.json."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]  # whether a config.json is one of this family
    load: WeightsLoader  # from a folder or hub id
    options: tuple[str, ...]  # that its policies have


_POLICIES: dict[str, RegisteredPolicy] = {}
_FAMILIES: dict[str, WeightsFamily] = {}


def register_policy(
    name: str, options: tuple[str, ...] = (), *, has_device: bool = True
) -> Callable[[Factory], Factory]:
    """Decorator: makes a factory, or a class built from a PolicyContext, available under `name`.

    Args:
        name: of the policy.
        options: those that it has.
        has_device: whether it may run on another device than the CPU; where not, to ask for one is an error.
    """

    def register(factory: Factory) -> Factory:
        if name in _POLICIES and _POLICIES[name].factory is not factory:
            raise ValueError(f"policy {name!r} is registered twice")
        _POLICIES[name] = RegisteredPolicy(factory, options, has_device)
        return factory

    return register


def register_weights(
    name: str, *, recognises: Callable[[Mapping[str, Any]], bool], options: tuple[str, ...] = ()
) -> Callable[[Loader], Loader]:
    """Decorator: makes a loader the one of a family of weights.

    Args:
        name: of the family.
        recognises: whether the content of a config.json is one of this family's; by its `format`, say.
        options: those that its policies have.
    """

    def register(load: Loader) -> Loader:
        if name in _FAMILIES and _FAMILIES[name].load is not load:
            raise ValueError(f"the family of weights {name!r} is registered twice")
        _FAMILIES[name] = WeightsFamily(name, recognises, load, options)
        return load

    return register


def registered_policies() -> dict[str, RegisteredPolicy]:
    """The policies by name, in alphabetical order, after every module of this package was imported."""
    _import_package()
    return dict(sorted(_POLICIES.items()))


def policy_names() -> list[str]:
    """Names of the registered policies, in alphabetical order."""
    return list(registered_policies())


def weights_families() -> list[WeightsFamily]:
    """The families of weights, after every module of this package was imported."""
    _import_package()
    return list(_FAMILIES.values())


def check_options(policy: str, found: Mapping[str, Any], known: Sequence[str]) -> None:
    """Checks the names of a policy's options.

    Raises:
        InputError: the policy does not have one of them.
    """
    for name in found:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise InputError(f"policy {policy!r}: unknown option {name!r}; {has}")


def check_no_device(policy: str, device: str) -> None:
    """Checks that nothing but the CPU is asked for.

    Raises:
        InputError: another device is, which could have no effect.
    """
    if device not in ("auto", "cpu"):
        raise InputError(f"device: found {device!r}, but {policy} has no device to choose; expected auto or cpu")


def _import_package() -> None:
    for module in pkgutil.iter_modules(policies.__path__):
        importlib.import_module(f"{policies.__name__}.{module.name}")
