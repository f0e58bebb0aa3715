"""The decorator of the compiled functions of this package, with a disk cache that notices edits in all its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PACKAGE_STAMP = tuple(
    (path.name, path.stat().st_mtime, path.stat().st_size) for path in sorted(Path(__file__).parent.glob("*.py"))
)


def kernel(function: _Function) -> _Function:
    """Compile for numpy arithmetic without fused or reordered operations, and keep the result on disk."""
    compiled: Any = njit(cache=True, error_model="numpy")(function)
    # numba compares the stamp of the function's own file; a helper edited in another file would stay stale on disk
    cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if cache_file is not None:
        cache_file._source_stamp = _PACKAGE_STAMP
    return compiled
