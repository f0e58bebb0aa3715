"""What a tabletop task is: options, and a way to draw a layout of objects, goals and words from a random generator."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from leo_agent.contract.checks import check_choice, check_number, check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.envs.tabletop.ids import MAX_EPISODE_STEPS
from leo_agent.envs.tabletop.layout.colors import check_split
from leo_agent.envs.tabletop.layout.layout import Layout, NoRoomError

LAYOUT_ATTEMPTS = 100
WEIGHT_TOLERANCE = 1e-6  # sums of weights are rounded
ASSETS_FIELD = "assets"  # the user's folder, which the environment hands over; no option


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """A task of the tabletop; its fields are its options, with defaults that give the published task.

    A subclass is a frozen dataclass too. Its docstring has the sections Task, Randomisation, Success and Language; the
    last quotes the templates of its instructions, with `{}` around what is filled in.

    Attributes:
        max_episode_steps: no episode is longer, whatever the options; Gymnasium's own time limit. A plain number, since
            ids are registered without an import of the tasks.

    Raises:
        InputError: an option is of another type than its default or out of the range that `option` gave it.
    """

    max_episode_steps: ClassVar[int] = MAX_EPISODE_STEPS

    def __post_init__(self) -> None:
        for each in option_fields(type(self)):
            object.__setattr__(self, each.name, _checked(each, getattr(self, each.name)))

    @abstractmethod
    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draws a scene, everything from `rng`.

        Args:
            rng: equal states give equal scenes.
            split: one of `leo_agent.envs.tabletop.layout.colors.SPLITS`.
            mode: one of its MODES.

        Raises:
            NoRoomError: the draw does not fit; another will be drawn.
        """


def option(
    default: Any, low: float | None = None, high: float | None = None, choices: Sequence[Any] | None = None
) -> Any:
    """A field of a task that is an option, a number from `low` to `high` or one of the choices."""
    limits = {"low": low, "high": high, "choices": choices}
    return field(default=default, metadata={name: value for name, value in limits.items() if value is not None})


def option_fields(task_class: type[Task]) -> list[Field[Any]]:
    """The fields of a task that are options, in their order."""
    return [each for each in fields(task_class) if each.init and each.name != ASSETS_FIELD]


def option_values(task: Task) -> dict[str, Any]:
    """The options of a task as they are, by name."""
    return {each.name: getattr(task, each.name) for each in option_fields(type(task))}


def describe_options(task_class: type[Task]) -> str:
    """The options of a task in words, such as "num_distractors (from 0 to 9, by default 6)"."""
    return ", ".join(map(describe_option, option_fields(task_class))) or "none"


def describe_option(each: Field[Any]) -> str:
    """One option in words."""
    return f"{each.name} ({_describe_range(each)})"


def _describe_range(each: Field[Any]) -> str:
    limits = each.metadata
    default = "required" if each.default is MISSING else f"by default {each.default}"
    if "choices" in limits:
        return f"one of {', '.join(map(str, limits['choices']))}, {default}"
    ends = [f"{word} {limits[name]}" for name, word in (("low", "from"), ("high", "to")) if name in limits]
    return ", ".join([" ".join(ends), default] if ends else [default])


def _checked(each: Field[Any], value: Any) -> Any:
    """The value of an option, of the type of its default."""
    name, limits = each.name, each.metadata
    if "choices" in limits:
        return check_choice(name, value, limits["choices"])
    if isinstance(each.default, bool):
        return check_choice(name, value, (False, True))
    if isinstance(each.default, int):
        return check_whole(name, value, limits.get("low", 0), limits.get("high"))
    if isinstance(each.default, float):
        return check_number(name, value, limits.get("low", -np.inf), limits.get("high", np.inf))
    if isinstance(each.default, str) and not isinstance(value, str):
        raise InputError(f"{name}: found {shown(value)}, expected text")
    return value


def sample_layout(task: Task, seed: int, split: str, mode: str, rules: str = "corrected") -> Layout:
    """The layout of a seed; a draw that does not fit is drawn again, at most LAYOUT_ATTEMPTS times.

    So is one that would start with a score above zero, which only the rules "cliport" allow.

    Raises:
        NoRoomError: no draw fits.
        InputError: the split or the mode is unknown, the weights of the task's goals do not add up to 1, or its episode
            is longer than it says.
    """
    check_split(split, mode)
    rng = np.random.default_rng(seed)
    last = "every draw has something in place from the start"
    for _ in range(LAYOUT_ATTEMPTS):
        try:
            layout = task.layout(rng, split, mode)
        except NoRoomError as error:
            last = str(error)
            continue
        if layout.max_steps > task.max_episode_steps:  # Gymnasium would cut the episode short
            limit = f"at most the task's max_episode_steps, {task.max_episode_steps}"
            raise InputError(f"max_steps: found {layout.max_steps}, expected {limit}")
        total = sum(goal.weight for goal in layout.goals)
        if not math.isclose(total, 1.0, abs_tol=WEIGHT_TOLERANCE):  # or the score would end above 1, or below
            raise InputError(f"goals: found weights that add up to {total:g}, expected 1")
        poses = {body.object_id: body.pose for body in layout.bodies}
        if rules == "cliport" or layout.goals[0].credit(poses, rules) <= 0:
            return layout
    raise NoRoomError(f"seed {seed}: {last}, {LAYOUT_ATTEMPTS} attempts")
