"""The decorators of the compiled functions of this package, with a disk cache that notices edits in all its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PACKAGE_STAMP = tuple(
    (path.name, path.stat().st_mtime, path.stat().st_size) for path in sorted(Path(__file__).parent.rglob("*.py"))
)


def kernel(function: _Function) -> _Function:
    """Compile with the arithmetic of numpy, nothing fused or reordered, and keep the result on disk."""
    return _compile(function, forceinline=False)


def inlined(function: _Function) -> _Function:
    """As `kernel`, for what is called in the innermost loops: a call with a mesh costs more than the work in it."""
    return _compile(function, forceinline=True)


def _compile(function: _Function, forceinline: bool) -> _Function:
    compiled: Any = njit(cache=True, error_model="numpy", forceinline=forceinline)(function)
    # numba compares the stamp of the function's own file; a helper edited in another file would stay stale on disk
    cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if cache_file is not None:
        cache_file._source_stamp = _PACKAGE_STAMP
    return compiled
