"""Objects by what they are made of: their methods and attributes, hashed so that another process gets the same."""

import functools
import hashlib
import inspect
import types
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from leo_agent.contract.checks import to_numpy
from leo_agent.contract.files import DIGITS
from leo_agent.rollout.identity.sources import MAIN

_DEPTH = 8  # of objects in objects
_MOST_LOOKED_INTO = 100  # attributes or items of one object
Seen = dict[int, Any]  # what was looked at already, by its id, which is its own as long as it is held here


def attribute_hashes(given: Any) -> dict[str, str]:
    """A hash of each attribute of an object, by name, and one of its class if that has no module's file.

    Numbers, text, containers, arrays, tensors, modules of torch, functions and objects of these count by their content;
    what has none that lasts, such as a file, a lock or a random generator, by its type alone.
    """
    hashes = {name: _hashed(value) for name, value in _attributes(given).items()}
    if type(given).__module__ == MAIN:
        hashes["its class"] = _hashed(type(given))
    return hashes


def modules_of(given: Any, depth: int = 3) -> set[str]:
    """The modules of an object's class, and of what its attributes hold: of their classes, and of functions."""
    kind = given if isinstance(given, type) else type(given)
    modules = {each.__module__ for each in kind.__mro__}
    function = given.func if isinstance(given, functools.partial) else given
    if isinstance(function, types.FunctionType | types.MethodType):
        modules.add(str(function.__module__))
    inner = list(given.values()) if isinstance(given, dict) else given if isinstance(given, list | tuple) else ()
    if not inner and not isinstance(given, type) and not kind.__module__.startswith(("numpy", "torch")):
        inner = list(_attributes(given).values())
    for each in inner[:_MOST_LOOKED_INTO] if depth else ():
        if not isinstance(each, str | bytes | int | float | np.ndarray | types.ModuleType | None):
            modules |= modules_of(each, depth - 1)
    return modules


def _hashed(value: Any) -> str:
    digest = hashlib.sha256()
    for part in _parts(value, _DEPTH, {}):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:DIGITS]


def _attributes(given: Any) -> dict[str, Any]:
    values = dict(getattr(given, "__dict__", {}))
    for kind in type(given).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(given, name):
                values[name] = getattr(given, name)
    return values


def _parts(value: Any, depth: int, seen: Seen) -> Iterator[bytes]:
    """The content of a value as bytes, piece by piece."""
    yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | PurePath | np.generic):
        yield repr(value).encode("utf-8", "surrogatepass")
        return
    if depth == 0 or id(value) in seen:
        return
    seen[id(value)] = value
    inner: Any = ()
    if isinstance(value, np.ndarray) or hasattr(value, "detach") or hasattr(value, "__array__"):
        yield from _array_parts(value, depth, seen)
    elif callable(getattr(value, "state_dict", None)):  # a module of torch: its weights, and what it is made of
        inner = (value.state_dict(), repr(value))
    elif isinstance(value, Mapping):
        inner = [each for item in value.items() for each in item]
    elif isinstance(value, set | frozenset):
        yield from sorted(_hashed(each).encode() for each in value)
    elif isinstance(value, list | tuple):
        inner = value
    elif isinstance(value, types.FunctionType):
        yield from _function_parts(value, depth, seen)
    elif isinstance(value, types.MethodType):
        inner = (value.__func__, value.__self__)
    elif isinstance(value, functools.partial):
        inner = (value.func, value.args, value.keywords)
    elif isinstance(value, type):
        yield from _class_parts(value, depth, seen)
    elif not isinstance(value, types.ModuleType | np.random.Generator):
        inner = (_attributes(value),)
    for each in inner:
        yield from _parts(each, depth - 1, seen)


def _array_parts(value: Any, depth: int, seen: Seen) -> Iterator[bytes]:
    try:
        array = np.asarray(to_numpy(value))
    except (RuntimeError, TypeError, ValueError):  # a tensor that holds nothing
        return
    if array.dtype.hasobject:
        yield from _parts(array.tolist(), depth - 1, seen)
        return
    yield f"{array.dtype.str} {array.shape}".encode()
    yield array.tobytes()


def _class_parts(kind: type, depth: int, seen: Seen) -> Iterator[bytes]:
    """A class by its name; one of a script or notebook by its methods and values, too, and by those of its bases."""
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if kind.__module__ != MAIN:
        return
    for name, value in vars(kind).items():
        if name not in ("__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__"):
            yield name.encode()
            held = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            held = (held.fget, held.fset) if isinstance(held, property) else held
            yield from _parts(held, depth - 1, seen)
    for base in kind.__bases__:
        yield from _parts(base, depth - 1, seen)


def _function_parts(function: types.FunctionType, depth: int, seen: Seen) -> Iterator[bytes]:
    """A function by its source, else its code; with its defaults, and what it refers to."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError, IndexError, SyntaxError):
        source = ""
    if source and function.__name__ != "<lambda>":  # of which one line may hold several
        yield source.encode("utf-8", "surrogatepass")
    else:
        yield from _code_parts(function.__code__, depth, seen)
    closure = [each.cell_contents for each in function.__closure__ or () if _is_filled(each)]
    yield from _parts([function.__defaults__, function.__kwdefaults__, closure], depth - 1, seen)
    if function.__module__ == MAIN:  # of a module all the file counts already
        for name in sorted(set(_names(function.__code__)) & function.__globals__.keys()):
            yield name.encode()
            yield from _parts(function.__globals__[name], depth - 1, seen)


def _code_parts(code: types.CodeType, depth: int, seen: Seen) -> Iterator[bytes]:
    yield code.co_code
    yield repr((code.co_names, code.co_varnames)).encode()
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _code_parts(each, depth, seen)
        else:
            yield from _parts(each, depth - 1, seen)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _names(each)


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
