"""The few checks of given values that every package needs; each names the parameter, what was found and expected."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError, shown

Choice = TypeVar("Choice")


def check_whole(name: str, value: Any, low: int = 0, high: int | None = None) -> int:
    """A whole number from `low` to `high`.

    Raises:
        InputError: it is of another type (a bool is, too) or out of range.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        expected = f"at least {low}" if high is None else f"{low} to {high}"
        raise InputError(f"{name}: found {shown(value)}, expected a whole number, {expected}")
    return int(value)


def check_number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, *, above: float | None = None
) -> float:
    """A finite number from `low` to `high`; greater than `above` where that is given.

    Raises:
        InputError: it is no number, not finite or out of range.
    """
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high or (above is not None and value <= above):
        raise InputError(f"{name}: found {shown(value)}, expected {_range_in_words(low, high, above)}")
    return float(value)


def _range_in_words(low: float, high: float, above: float | None) -> str:
    if above is not None:
        return f"a number above {above:g}" + ("" if math.isinf(high) else f", at most {high:g}")
    if math.isinf(low) and math.isinf(high):
        return "a finite number"
    if math.isinf(high):
        return f"a number, at least {low:g}"
    return f"a number, {low:g} to {high:g}" if math.isfinite(low) else f"a number, at most {high:g}"


def check_choice(name: str, value: Choice, choices: Sequence[Choice]) -> Choice:
    """One of a few values.

    Raises:
        InputError: it is another one; the choices are listed.
    """
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise InputError(f"{name}: found {shown(value)}, expected one of {', '.join(map(str, choices))}")
    return value


def check_array(name: str, value: Any, shape: tuple[int | None, ...], limit: float = math.inf) -> NDArray[np.float64]:
    """Real numbers of a shape, None standing for any length, none of them NaN or beyond `limit` in size.

    Raises:
        InputError: they are no numbers, of another shape, not finite or too large.
    """
    array: NDArray[np.float64] | None = None
    try:
        given = np.asarray(to_numpy(value))
        array = given.astype(np.float64) if given.dtype.kind in "fiu" else None
    except (OverflowError, RuntimeError, TypeError, ValueError):
        pass  # ragged lists, integers of hundreds of digits, tensors that hold nothing
    expected = f"finite numbers of shape ({', '.join('any' if n is None else str(n) for n in shape)})"
    if array is None:
        raise InputError(f"{name}: found {shown(value)}, expected {expected}")
    fits = array.ndim == len(shape) and all(n is None or n == m for n, m in zip(shape, array.shape, strict=True))
    if not fits:
        raise InputError(f"{name}: found shape {array.shape}, expected {expected}")
    if not (np.isfinite(array).all() and (np.abs(array) <= limit).all()):
        beyond = "" if math.isinf(limit) else f" of at most {limit:g}"
        raise InputError(f"{name}: holds numbers that are not finite or too large, expected {expected}{beyond}")
    return array


def to_numpy(value: Any) -> Any:
    """What a policy answers without its framework: NumPy arrays in the place of those of torch, JAX and so on.

    Numbers that NumPy has no type for, such as bfloat16, become float32; gradients are left behind. Mappings, lists
    and tuples are gone through; all else is handed back as it is.
    """
    if isinstance(value, Mapping):
        return {key: to_numpy(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(to_numpy(each) for each in value)
    if hasattr(value, "detach"):  # a tensor of torch, which this package does not import
        tensor = value.detach().cpu()
        try:
            return tensor.numpy()
        except TypeError:
            return tensor.float().numpy()
    if hasattr(value, "__array__") and not isinstance(value, np.generic):
        array = np.asarray(value)
        # JAX's bfloat16 and its like are registered with NumPy as raw bytes of a named type.
        return array.astype(np.float32) if array.dtype.kind == "V" and array.dtype.names is None else array
    return value
