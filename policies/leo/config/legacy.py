"""Behaviours of LEO's own code that we hold for defects: to be switched on for weights that were trained with them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

from leo_agent.contract.errors import InputError

REPETITION_PENALTY = 3.0


@dataclass(frozen=True)
class Legacy:
    """Switches, all off by default."""

    # In training and scoring, an absent image with its prompt and every empty object slot take their positions, as in
    # a row of fixed layout (in generation they never do); off: they never do in either.
    positions: bool = False
    # The objects prompt and the instruction each begin with the piece "▁.", as LEO's code before 2024-03-25 had it in
    # the place of a BOS; off: nothing stands there.
    bos: bool = False
    # The largest distance of a scene, by which its distances are divided, is taken over empty slots at the origin,
    # too, so that a scene of fewer objects than slots is encoded by where its origin lies.
    distance_scale: bool = False
    # Of more objects than slots, the first of a scene are read when it is asked about; off: those nearest to the agent.
    first_objects: bool = False
    # Text is generated with REPETITION_PENALTY.
    repetition_penalty: bool = False

    @classmethod
    def named(cls, names: Iterable[str]) -> Self:
        """The switches of these names (a text has them with commas) on, "all" for every one, "none" for none.

        Raises:
            InputError: lists the names where one is unknown.
        """
        known = [each.name for each in fields(cls)]
        wanted = names.split(",") if isinstance(names, str) else list(names) if isinstance(names, Iterable) else [names]
        unknown = [name for name in wanted if not isinstance(name, str) or name not in {*known, "all", "none"}]
        if unknown or ("none" in wanted and len(wanted) > 1):
            found = repr(unknown[0]) if unknown else "'none' with others"
            raise InputError(f"legacy: found {found}, expected all, none, {', '.join(known)}")
        return cls(**{name: name in wanted or "all" in wanted for name in known})
