"""Constructors whose many options are the fields of a few dataclasses, and are still given one by one.

`gymnasium.make(id, camera_height_m=1.31)` names one option; inside, what belongs together is one object.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from leo_agent.contract.errors import InputError

Group = TypeVar("Group")


def flat_signature(constructor: Callable[..., Any], groups: Sequence[type[Any]]) -> inspect.Signature:
    """The signature of a constructor that takes the fields of `groups` as `**options`, with each field by its name.

    Annotations are types, not their names.
    """
    own = inspect.signature(constructor, eval_str=True).parameters.values()
    named = [each for each in own if each.name != "self" and each.kind is not inspect.Parameter.VAR_KEYWORD]
    fields = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=typing.get_type_hints(group)[field.name],
        )
        for group in groups
        for field in dataclasses.fields(group)
    ]
    return inspect.Signature([*named, *fields])


def take_group(group: type[Group], options: Mapping[str, Any]) -> Group:
    """The dataclass `group` with those of the options that are its fields."""
    names = {field.name for field in dataclasses.fields(group)}  # type: ignore[arg-type]
    return group(**{name: value for name, value in options.items() if name in names})


def check_known(owner: str, options: Mapping[str, Any], groups: Sequence[type[Any]]) -> None:
    """Checks that every option is a field of one of the groups.

    Raises:
        InputError: one is not.
    """
    known = sorted(field.name for group in groups for field in dataclasses.fields(group))
    for name in sorted(options.keys() - set(known)):
        raise InputError(f"{name}: {owner} has no such option; beside its own arguments it has {', '.join(known)}")
