"""Makes environments by their Gymnasium ids, with complaints fit to be shown."""

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from leo_agent.contract.environment import check_environment
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.user_modules import import_user_module


@dataclass(frozen=True)
class EnvConfig:
    """Which environment to make."""

    env_id: str  # Gymnasium's, also as `module:id`
    options: Mapping[str, Any] = field(default_factory=dict)  # of its constructor


def environment_class(env_id: str) -> Callable[..., Any]:
    """What `gymnasium.make` would call for this id.

    Raises:
        InputError: unknown id (the known ones are listed), or the code of a module failed (with the line).
    """
    module, _, name = env_id.rpartition(":")
    if module:  # Gymnasium's own syntax: importing the module registers the environment
        import_user_module(module, f"env: {shown(env_id)}")
    try:
        creator = gymnasium.spec(name).entry_point
        return load_env_creator(creator) if isinstance(creator, str) else creator  # type: ignore[return-value]
    except (gymnasium.error.Error, ModuleNotFoundError) as problem:
        known = ", ".join(sorted(name for name in gymnasium.registry if name.startswith("leo/")))
        told = str(problem).rstrip(".")
        raise InputError(f"env: found {shown(env_id)} ({told}), expected one such as {known}") from None


def make_environment(config: EnvConfig, renders: bool = False) -> gymnasium.Env[Any, Any]:
    """`gymnasium.make` with one-line complaints.

    Args:
        config: what to make.
        renders: whether `render()` gives pictures; where the environment can, those of the whole motion of a step.

    Raises:
        InputError: unknown id, an option that this environment does not have, or an environment of another contract.
    """
    options = dict(config.options)
    maker = environment_class(config.env_id)
    if renders:
        modes = getattr(maker, "metadata", {}).get("render_modes", ())
        options["render_mode"] = "rgb_array_list" if "rgb_array_list" in modes else "rgb_array"
    _check_options(config.env_id, maker, options)
    if "share_arrays" in inspect.signature(maker).parameters:
        options["share_arrays"] = True  # nothing here writes to observations, and unchanged arrays are not sent again
    env: gymnasium.Env[Any, Any] = gymnasium.make(config.env_id, disable_env_checker=True, **options)
    try:
        check_environment(env, config.env_id)
    except InputError:
        env.close()
        raise
    return env


def _check_options(env_id: str, maker: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Complains about unknown options and wrong types; names that go into **options are the maker's to check."""
    parameters = inspect.signature(maker).parameters
    takes_more = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    unknown = [name for name in options if name not in parameters]
    if unknown and not takes_more:
        raise InputError(f"{env_id} has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(parameters))}")
    hints = typing.get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
    for name in (name for name in options if name in parameters):
        expected = hints.get(name, Any)
        if not _fits(options[name], expected):
            told = getattr(expected, "__name__", str(expected))
            raise InputError(f"{env_id}: option {name}: found {options[name]!r}, expected {told}")


def _fits(value: Any, expected: Any) -> bool:
    """Whether a value is of an annotated type, as far as that is plain; numbers must be finite."""
    kinds = typing.get_args(expected) if isinstance(expected, types.UnionType) else (expected,)
    if not all(isinstance(kind, type) for kind in kinds):
        return True
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (isinstance(value, int) and float in kinds)
