"""Makes environments by their Gymnasium ids, with errors fit to be shown."""

import inspect
import math
import traceback
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec, load_env_creator

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
        reason = str(problem).rstrip(".")
        raise InputError(f"env: found {shown(env_id)} ({reason}), expected one such as {known}") from None


def make_environment(config: EnvConfig, renders: bool = False) -> gymnasium.Env[Any, Any]:
    """`gymnasium.make` with one-line errors.

    Args:
        config: what to make.
        renders: whether `render()` gives pictures; where the environment can, those of the whole motion of a step.

    Raises:
        InputError: unknown id, an option that this environment does not have, or an environment of another contract.
    """
    options = dict(config.options)
    maker = environment_class(config.env_id)
    spec = gymnasium.spec(config.env_id.rpartition(":")[2])
    if renders:
        modes = getattr(maker, "metadata", {}).get("render_modes", ())
        options["render_mode"] = "rgb_array_list" if "rgb_array_list" in modes else "rgb_array"
    _check_options(config.env_id, maker, options, spec.kwargs)
    if "share_arrays" in inspect.signature(maker).parameters:
        options["share_arrays"] = True  # nothing here writes to observations, and unchanged arrays are not sent again
    # In the spec, not as arguments: of these `gymnasium.make` keeps some, such as max_episode_steps, to itself.
    # One that the environment is given is not bounded by its id's, too.
    limit = options.get("max_episode_steps", spec.max_episode_steps)
    spec = replace(spec, kwargs={**spec.kwargs, **options}, max_episode_steps=limit)
    env = _made(spec)
    try:
        check_environment(env, config.env_id)
    except InputError:
        env.close()
        raise
    return env


def _made(spec: EnvSpec) -> gymnasium.Env[Any, Any]:
    """`gymnasium.make`; what Gymnasium itself refuses around the environment is wrong input, too."""
    try:
        return gymnasium.make(spec, disable_env_checker=True)
    except (gymnasium.error.Error, TypeError, ValueError) as error:
        if isinstance(error, InputError) or error.__cause__ is not None:  # the environment's own
            raise
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][1:]  # after this function's
        modules = {frame.f_globals.get("__name__", "").partition(".")[0] for frame in frames}
        if modules != {gymnasium.__name__}:  # the environment's own code was on the way, such as to a wrong space
            raise
        raise InputError(f"env: {spec.id} cannot be made: {' '.join(str(error).split())}") from error


def check_effects(config: EnvConfig, draws_pictures: bool) -> None:
    """Checks that every option has an effect on a run.

    Args:
        config: the environment, whose class may know of such options (`unused_options`).
        draws_pictures: whether the run draws pictures beside those of observations.

    Raises:
        InputError: an option that nothing would look at.
    """
    unused = getattr(environment_class(config.env_id), "unused_options", None)
    if unused is None:
        return
    options = {**gymnasium.spec(config.env_id.rpartition(":")[2]).kwargs, **config.options}
    for name, reason in unused(options, draws_pictures).items():
        raise InputError(f"{name}: found {shown(options[name])}, {reason}")


def constructor_options(maker: Callable[..., Any], fixed: Mapping[str, Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a constructor that an environment may be given, by name.

    Args:
        maker: the constructor; what it takes as **options is not listed.
        fixed: what its id gives. Other values may be given, but not another `task` than the one it stands for.
    """
    collecting = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {
        name: parameter
        for name, parameter in inspect.signature(maker).parameters.items()
        if parameter.kind not in collecting and (name != "task" or name not in fixed)
    }


def _check_options(
    env_id: str, maker: Callable[..., Any], options: Mapping[str, Any], fixed: Mapping[str, Any]
) -> None:
    """Refuses unknown options and wrong types; names that go into **options are the maker's to check."""
    parameters, known = inspect.signature(maker).parameters, constructor_options(maker, fixed)
    takes_more = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in sorted(options.keys() - known.keys()):
        if name in parameters or not takes_more:
            raise InputError(f"{name}: {env_id} has no such option; it has {', '.join(sorted(known))}")
    hints = typing.get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
    for name in (name for name in options if name in known):
        expected = hints.get(name, known[name].annotation)  # a signature may be flatter than the constructor
        if expected is not inspect.Parameter.empty and not _fits(options[name], expected):
            wanted = getattr(expected, "__name__", str(expected))
            raise InputError(f"{name}: found {shown(options[name])}, expected {wanted}")


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
