"""Exceptions as values: what a run records of an episode that failed."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from leo_agent.contract.errors import InputError, OutputError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Failure:
    """An exception that was raised."""

    text: str  # in one line
    traceback: str
    input_error: bool = False  # its text says what was wrong with what was given
    output_error: bool = False  # nothing can be written any more: the run ends


def attempt(action: Callable[[], Answer]) -> Answer | Failure:
    """`action()`, or the record of its failure: the one place where a run outlives an unforeseen exception."""
    try:
        return action()
    except OutputError as problem:
        return Failure(str(problem), "", output_error=True)
    except InputError as problem:
        return Failure(str(problem), "", input_error=True)
    # SystemExit too: a policy's `sys.exit(0)` would end the run, unfinished, as if all had gone well.
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - recorded with its traceback as the episode's outcome
        return Failure(f"{type(problem).__name__}: {problem}", traceback.format_exc())
