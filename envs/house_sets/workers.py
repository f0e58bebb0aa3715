"""Worker processes that make house after house, and never outlive the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.envs.house_sets.interrupts import interrupts_blocked, interrupts_wait


def each_finished(
    make: Callable[..., None], jobs: Mapping[int, tuple[Any, ...]], workers: int
) -> Generator[int, None, None]:
    """Calls `make` with the arguments of each job; yields their numbers as they are finished.

    One worker is this process. Closing the generator, or an interrupt, ends the others at once. What `make` raises is
    raised.

    Raises:
        InputError: a worker was killed.
    """
    if workers == 1:
        for number, arguments in jobs.items():
            make(*arguments)
            yield number
        return
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with interrupts_wait(), interrupts_blocked():  # its locks start multiprocessing's tracker, which knows no hang-up
        pool = ProcessPoolExecutor(min(workers, max(1, len(jobs))), context, initializer=_end_with_parent)
    try:
        with interrupts_wait(), interrupts_blocked():
            futures = {pool.submit(make, *arguments): number for number, arguments in jobs.items()}
        for future in as_completed(futures):
            future.result()
            yield futures[future]
    except BrokenProcessPool as error:
        raise InputError(
            f"workers: found {workers}, one of which was killed, expected enough memory for all; the same call with "
            "fewer continues"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
            process.join()


def _end_with_parent() -> None:
    """Run in a worker: ends it as soon as its parent has ended, in whatever way."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
