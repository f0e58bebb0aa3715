"""Arrays that are handed over and kept: nobody may write to them, and who tries is told so where it happens."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def freeze_array(array: NDArray[Any]) -> NDArray[Any]:
    """Makes an array read-only, with the arrays that it is a view of; for whoever made it. Returns the very same."""
    memory: Any = array
    while isinstance(memory, np.ndarray):
        memory.flags.writeable = False
        memory = memory.base
    return array


def freeze(observation: dict[str, Any]) -> dict[str, Any]:
    """The very same observation, whose arrays are read-only from now on; for whoever made them."""
    for value in observation.values():
        if isinstance(value, np.ndarray):
            freeze_array(value)
    return observation


def guarded(value: Any) -> Any:
    """The value for somebody else's eyes: dictionaries and lists of its own, whose arrays are read-only.

    An array that is read-only already stays the very same, so that it is known again; of another one this is a view,
    because its owner may go on writing to it.
    """
    if isinstance(value, np.ndarray):
        if not value.flags.writeable:
            return value
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, Mapping):
        return {key: guarded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(guarded(item) for item in value)
    return value
