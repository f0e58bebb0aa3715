"""Which of the scanned objects a split has, and how large they are made."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from leo_agent.contract.errors import InputError
from leo_agent.envs.procedural.objects import Shape
from leo_agent.envs.procedural.objects.scanned.google import available_names, google
from leo_agent.envs.procedural.objects.scanned.names import HELD_OUT_NAMES, TRAINING_NAMES
from leo_agent.envs.tabletop.layout.colors import names_unseen
from leo_agent.envs.tabletop.layout.task import Task
from leo_agent.envs.tabletop.packing.split import Part

_log = logging.getLogger(__name__)

SCALE_PER_M = 5.0
MOST_PARTS = 9


class ScannedObjects:
    """The objects of the user's folder; those that it lacks are never drawn, as a warning says."""

    def __init__(self, assets: str | None) -> None:
        names = TRAINING_NAMES + HELD_OUT_NAMES
        self._available = available_names(assets, names)
        self._folder = str(assets)
        missing = [name for name in names if name not in self._available]
        if missing:
            _log.warning("assets: %s has no %s: left out of all scenes", assets, ", ".join(missing))

    def names(self, split: str, mode: str) -> tuple[str, ...]:
        """Those that language may name.

        Raises:
            InputError: there are too few.
        """
        held_out = names_unseen(split, mode)
        wanted: tuple[str, ...] = HELD_OUT_NAMES if held_out else TRAINING_NAMES
        if split == "seen":
            wanted = TRAINING_NAMES + HELD_OUT_NAMES
        found = tuple(name for name in wanted if name in self._available)
        if len(found) < MOST_PARTS:
            raise InputError(
                f"assets: found {len(found)} of the {len(wanted)} objects of the split {split} in {self._folder}, "
                f"expected at least {MOST_PARTS}"
            )
        return found

    def shape(self, name: str, part: Part) -> Shape:
        """The object at a scale of five times the part's longest side in metres, as CLIPort scales it."""
        return google(folder=self._folder, name=name, scale=SCALE_PER_M * part.longest_side_m)


@dataclass(frozen=True, kw_only=True)
class ScannedTask(Task):
    """A task with scanned objects.

    Raises:
        InputError: the folder is not there or has none of them.
    """

    assets: str | None = None  # the folder of the scanned objects
    objects: ScannedObjects = field(init=False, repr=False, compare=False)  # what the folder holds

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "objects", ScannedObjects(self.assets))
