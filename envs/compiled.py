"""Decorators of compiled functions whose cache on disk notices an edit in any file of their package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Compiler:
    """Compiles the functions of one package, without the interpreter's lock held while they run.

    Args:
        package_file: a file in the package's folder; an edit of any module in or below it makes the cache stale.
        **options: numba's, beyond numpy's rules for division.
    """

    def __init__(self, package_file: str, **options: Any) -> None:
        self._options = {"cache": True, "nogil": True, "error_model": "numpy", **options}
        files = sorted(Path(package_file).parent.rglob("*.py"))
        self._stamp = str([(path.name, path.stat().st_mtime, path.stat().st_size) for path in files])

    def kernel(self, function: _Function) -> _Function:
        """Compile, and keep the result on disk."""
        return self._compile(function, forceinline=False)

    def inlined(self, function: _Function) -> _Function:
        """As `kernel`, for what is called in the innermost loops: a call with arrays costs more than the work in it."""
        return self._compile(function, forceinline=True)

    def _compile(self, function: _Function, forceinline: bool) -> _Function:
        compiled: Any = njit(forceinline=forceinline, **self._options)(function)
        # numba compares the stamp of the function's own file; a helper edited in another file would stay stale on disk.
        # As part of the version it is compared before the rest is read, which fails where a class has been renamed.
        cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
        if cache_file is not None:
            cache_file._version = f"{cache_file._version} {self._stamp}"
        return compiled
