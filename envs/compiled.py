"""Decorators of compiled functions that are kept in the user's cache folder, and made anew when their package changes.

numba would put what it compiles beside the modules: an uninstall would leave it in site-packages.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator, UserWideCacheLocator
from tqdm import tqdm

from leo_agent.envs.cache_folder import cache_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _CacheFolderLocator(UserWideCacheLocator):
    """Says where numba keeps a function: one folder for each folder of modules, in the user's cache folder."""

    def get_cache_path(self) -> str:
        folder = self.get_suitable_cache_subpath(self._py_file)  # type: ignore[no-untyped-call]
        return str(cache_folder() / "kernels" / folder)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _CacheFolderLocator:
        """Without a look at the folder: an import writes nothing."""
        return cls(py_func, py_file)


class _CacheImplementation(CompileResultCacheImpl):
    # NUMBA_CACHE_DIR first, as everywhere in numba
    _locator_classes = [UserProvidedCacheLocator, _CacheFolderLocator]  # noqa: RUF012 - numba's attribute


class _Notice:
    """Says once in a process that functions are being compiled, when that has taken long: all of them need a minute."""

    FROM_S = 2.0

    def __init__(self) -> None:
        self._depth = 0  # a function is compiled while that one is which calls it
        self._start_s = self._total_s = 0.0
        self._given = False

    def begin(self) -> None:
        if self._depth == 0:
            self._start_s = time.monotonic()
        self._depth += 1
        self._give()

    def end(self) -> None:
        self._give()
        self._depth = max(self._depth - 1, 0)
        if self._depth == 0:
            self._total_s += time.monotonic() - self._start_s

    def _give(self) -> None:
        if not self._given and self._total_s + time.monotonic() - self._start_s > self.FROM_S:
            self._given = True
            text = "compiling functions that no earlier run has kept; all of them take about a minute"
            tqdm.write(text, file=sys.stderr)


_notice = _Notice()


class _KernelCache(FunctionCache):
    """Costs time where the folder cannot be written or read, not the run."""

    _impl_class = _CacheImplementation

    def __init__(self, function: Callable[..., Any], stamp: str) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        # numba compares the stamp of the function's own file; a helper edited in another file would stay stale on disk.
        # As part of the version it is compared before the rest is read, which fails where a class has been renamed.
        self._cache_file._version = f"{self._cache_file._version} {stamp}"

    def save_overload(self, sig: Any, data: Any) -> None:
        _notice.end()
        with suppress(OSError):  # a full disk, a folder of another user's
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with suppress(OSError):
            try:
                found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
                if found is not None:
                    return found
            except EOFError:  # a file that was cut short
                self.flush()  # type: ignore[no-untyped-call]
        _notice.begin()
        return None


class Compiler:
    """Compiles the functions of one package, without the interpreter's lock held while they run.

    Args:
        package_file: a file in the package's folder; an edit of any module in or below it makes the cache stale.
        **options: numba's, beyond numpy's rules for division.
    """

    def __init__(self, package_file: str, **options: Any) -> None:
        self._options = {"nogil": True, "error_model": "numpy", **options}
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
        if hasattr(compiled, "enable_caching"):  # under NUMBA_DISABLE_JIT it is the plain function
            compiled._cache = _KernelCache(function, self._stamp)
        result: _Function = compiled
        return result
