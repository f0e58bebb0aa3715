"""Published behaviours that we hold for defects, off by default: for weights that were trained with them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

from leo_agent.contract.errors import InputError

REPETITION_PENALTY = 3.0


@dataclass(frozen=True)
class Legacy:
    """Switches.

    positions: in training and scoring, an absent image with its prompt and every empty object slot take their
        positions, as in a row of fixed layout; in generation they never do. By default they never do in either.
    bos: the objects prompt and the instruction each begin with the piece "▁.", as code before 2024-03-25 had it in the
        place of a BOS; by default nothing stands there.
    distance_scale: the largest distance of a scene, by which its distances are divided, is taken over empty slots at
        the origin, too, so that a scene of fewer objects than slots is encoded by where its origin lies.
    first_objects: of more objects than slots, the first of a scene are read when it is asked about; by default those
        nearest to the agent.
    repetition_penalty: text is generated with a repetition penalty of 3.
    """

    positions: bool = False
    bos: bool = False
    distance_scale: bool = False
    first_objects: bool = False
    repetition_penalty: bool = False

    @classmethod
    def named(cls, names: Iterable[str]) -> Self:
        """The switches of these names (a text has them with commas) on, "all" for every one, "none" for none.

        Raises InputError that lists the names.
        """
        known = [each.name for each in fields(cls)]
        wanted = names.split(",") if isinstance(names, str) else list(names) if isinstance(names, Iterable) else [names]
        unknown = [name for name in wanted if not isinstance(name, str) or name not in {*known, "all", "none"}]
        if unknown or ("none" in wanted and len(wanted) > 1):
            found = repr(unknown[0]) if unknown else "'none' with others"
            raise InputError(f"legacy: found {found}, expected all, none, {', '.join(known)}")
        return cls(**{name: name in wanted or "all" in wanted for name in known})
