"""PyBullet, imported without the line about its build that it writes to the process's standard error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["pybullet"]


@contextmanager
def _without_standard_error() -> Iterator[None]:
    """PyBullet writes from C, past sys.stderr: only the file descriptor can be turned away."""
    try:
        kept = os.dup(2)
    except OSError:  # closed: nothing can be written anyway
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


with _without_standard_error():
    import pybullet
