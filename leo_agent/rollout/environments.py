"""Makes environments by their Gymnasium ids, with complaints fit to be shown."""

import importlib
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from leo_agent.contract.errors import InputError


@dataclass(frozen=True)
class World:
    """Which environment to make: its id and its constructor's options."""

    env_id: str
    options: Mapping[str, Any] = field(default_factory=dict)


def environment_class(env_id: str) -> Callable[..., Any]:
    """What `gymnasium.make` would call for this id.

    Raises:
        InputError: unknown id (the known ones are listed).
    """
    module, _, name = env_id.rpartition(":")
    try:
        if module:  # Gymnasium's own syntax: importing the module registers the environment
            importlib.import_module(module)
        creator = gymnasium.spec(name).entry_point
        return load_env_creator(creator) if isinstance(creator, str) else creator  # type: ignore[return-value]
    except (gymnasium.error.Error, ModuleNotFoundError) as problem:
        known = ", ".join(sorted(name for name in gymnasium.registry if name.startswith("leo/")))
        raise InputError(f"--env {env_id}: {str(problem).rstrip('.')}; this project has {known}") from None


def make_environment(world: World, filmed: bool = False) -> gymnasium.Env:
    """`gymnasium.make` with one-line complaints.

    Args:
        world: what to make.
        filmed: whether `render()` is to give pictures; where the environment can, those of the whole motion of a step.

    Raises:
        InputError: unknown id, an option that this environment does not have, or an environment of another contract.
    """
    options = dict(world.options)
    maker = environment_class(world.env_id)
    if filmed:
        modes = getattr(maker, "metadata", {}).get("render_modes", ())
        options["render_mode"] = "rgb_array_list" if "rgb_array_list" in modes else "rgb_array"
    _check_options(world.env_id, maker, options)
    if "share_arrays" in inspect.signature(maker).parameters:
        options["share_arrays"] = True  # nothing here writes to observations, and unchanged arrays are not sent again
    env = gymnasium.make(world.env_id, disable_env_checker=True, **options)
    if not hasattr(env.unwrapped, "episode_options"):
        env.close()
        raise InputError(f"--env {world.env_id}: has no episode_options(limit), which the contract asks for")
    return env


def _check_options(env_id: str, maker: Callable[..., Any], options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(maker).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    unknown = [name for name in options if name not in parameters]
    if unknown:
        raise InputError(f"{env_id} has no option {', '.join(sorted(unknown))}; it has {', '.join(sorted(parameters))}")
    hints = typing.get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
    for name, value in options.items():
        expected = hints.get(name, Any)
        if not _fits(value, expected):
            shown = getattr(expected, "__name__", str(expected))
            raise InputError(f"{env_id}: option {name}: found {value!r}, expected {shown}")


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
