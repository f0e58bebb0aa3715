"""Spreads independent jobs over threads; for jobs that leave the interpreter's lock to others while they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numba

Job = Callable[[], None]


def default_threads() -> int:
    """How many threads numba takes: the usable cores, or NUMBA_NUM_THREADS where the environment sets it."""
    config: Any = numba.config
    return int(config.NUMBA_NUM_THREADS)


def run_jobs(jobs: Sequence[Job], threads: int) -> None:
    """Do all jobs, each once, on this thread and up to threads - 1 others; they start in their order."""
    remaining = iter(jobs)
    helpers = min(threads, len(jobs)) - 1
    # Threads do not survive a fork: a forked process starts its own.
    others = [_pool(threads, os.getpid()).submit(_work, remaining) for _ in range(helpers)]
    _work(remaining)
    for other in others:
        other.result()


def _work(remaining: Iterator[Job]) -> None:
    for job in remaining:
        job()


@lru_cache(maxsize=8)
def _pool(threads: int, process_id: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix=f"rendering-{process_id}")
