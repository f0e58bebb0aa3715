"""Files of torch.save that hold numpy arrays and plain values, read without letting the pickle build anything else.

The released scenes of ScanNet and 3RScan are such files. The pickle's names for numpy's constructors lead to the inert
classes of this module, which make an array only of bytes that are there; every other name is refused before anything is
unpickled.
"""

import io
import math
import pickletools
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file

UnpicklingError = torch.serialization.pickle.UnpicklingError  # type: ignore[attr-defined]
_NUMBERS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
_PROTOCOL = 2  # torch.save's, and the only one that torch.load(weights_only=True) reads
_LEGACY_PICKLES = 5  # before torch 1.6: magic number, version, system, the object, keys of storages
# What damaged pickles and archives make torch, zipfile and pickletools raise.
_DAMAGED = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(TypeError, ValueError, UnpicklingError, struct.error, zipfile.BadZipFile),
)


class _StoredType:
    """Stands for numpy.dtype: a plain number type."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        if not isinstance(code, str) or code not in _NUMBERS:
            raise UnpicklingError(f"an array of {code!r}, expected numbers")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "=", "|"):
            raise UnpicklingError("a number type of unknown byte order")
        self.dtype = self.dtype.newbyteorder(state[1])


class _StoredArray:
    """Stands for numpy.ndarray: an array over the bytes in the file."""

    array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise UnpicklingError("an array of unknown layout")
        _, shape, kind, in_fortran_order, content = state
        if not isinstance(kind, _StoredType) or not isinstance(content, bytes) or not isinstance(shape, tuple):
            raise UnpicklingError("an array of unknown layout")
        if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 4:
            raise UnpicklingError(f"an array of shape {str(shape)[:60]}")
        if math.prod(shape) * kind.dtype.itemsize != len(content):
            raise UnpicklingError(f"an array {shape} of {kind.dtype} in {len(content)} bytes")
        self.array = np.frombuffer(content, kind.dtype).reshape(shape, order="F" if in_fortran_order is True else "C")


def _reconstruct(*_arguments: Any) -> _StoredArray:
    return _StoredArray()


def _scalar(kind: Any, content: Any) -> int | float | bool:
    if not isinstance(kind, _StoredType) or not isinstance(content, bytes) or len(content) != kind.dtype.itemsize:
        raise UnpicklingError("a number of unknown layout")
    value: float | bool = np.frombuffer(content, kind.dtype)[0].item()
    return value


def _no_bytes() -> bytes:
    return b""


_STAND_INS: tuple[tuple[Callable[..., Any], str], ...] = (
    (_StoredArray, "numpy.ndarray"),
    (_StoredType, "numpy.dtype"),
    (_reconstruct, "numpy.core.multiarray._reconstruct"),  # as numpy 1 writes
    (_reconstruct, "numpy._core.multiarray._reconstruct"),  # as numpy 2 writes
    (_scalar, "numpy.core.multiarray.scalar"),
    (_scalar, "numpy._core.multiarray.scalar"),
    (_no_bytes, "builtins.bytes"),  # how protocol 2 writes the content of an empty array
)
_KNOWN_NAMES = {name for _, name in _STAND_INS} | {"__builtin__.bytes", "_codecs.encode", "collections.OrderedDict"}


def load_arrays(path: Path) -> object:
    """What torch.save wrote into a file, of numbers, text, None, dicts, lists, tuples and numpy arrays of numbers.

    Arrays are unwrapped in a tuple or list at the top (returned as a tuple), and are read-only.

    Raises:
        InputError: the file is missing or damaged, or its pickle names anything else, which the message says.
    """
    content = read_file(path, "a file of torch.save")
    try:
        for stream in _pickles(content, path):
            _refuse_other_names(stream, path)
        with torch.serialization.safe_globals([*_STAND_INS]):
            value = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(f"{path}: not a file of torch.save, or damaged ({_reason(error)})") from error
    if not isinstance(value, tuple | list):
        return value
    if any(isinstance(each, _StoredArray) and each.array is None for each in value):
        raise InputError(f"{path}: not a file of torch.save, or damaged (an array without content)")
    return tuple(each.array if isinstance(each, _StoredArray) else each for each in value)


def _reason(error: BaseException) -> str:
    """The line of an error that says what was wrong; torch puts advice around it."""
    text = str(error).rpartition("WeightsUnpickler error: ")[2].strip()
    return text.splitlines()[0][:200] if text else type(error).__name__


def _pickles(content: bytes, path: Path) -> list[io.BytesIO]:
    """The pickles of a file of torch.save, a stream at the start of each."""
    if not content.startswith(b"PK\3\4"):
        stream = io.BytesIO(content)
        return [stream] * _LEGACY_PICKLES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(content):
                raise InputError(f"{path}: {entry.filename!r} is compressed, expected a file as torch.save writes it")
        names = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if not names:
            raise InputError(f"{path}: holds no data.pkl, expected a file of torch.save")
        return [io.BytesIO(archive.read(name)) for name in names]


def _refuse_other_names(stream: io.BytesIO, path: Path) -> None:
    """Reads one pickle without building anything.

    Raises:
        InputError: it names what is not a part of numpy's arrays.
    """
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "PROTO" and argument != _PROTOCOL:
            raise InputError(f"{path}: a pickle of protocol {argument}, expected torch.save's, {_PROTOCOL}")
        if opcode.name == "GLOBAL" and str(argument).replace(" ", ".") not in _KNOWN_NAMES:
            name = str(argument).replace(" ", ".")
            raise InputError(
                f"{path}: refused to build {name!r}; expected only numpy arrays of numbers, numbers, text and dicts"
            )
