"""The workers of a run, and which of them have an answer."""

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait

from leo_agent.contract.checks import check_whole
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.workers.local import LocalWorker
from leo_agent.rollout.workers.process import ProcessWorker

Worker = LocalWorker | ProcessWorker
END_TIMEOUT_S = 5.0  # for closing the environments of all workers


def make_workers(config: EnvConfig, count: int) -> list[Worker]:
    """One worker in this process, or several in a process each; they give the same results.

    Raises:
        InputError: `count` is less than 1; with one worker, also that the environment cannot be made as asked for.
    """
    check_whole("workers", count, 1)
    if count == 1:
        return [LocalWorker(0, config)]
    return [ProcessWorker(slot, config) for slot in range(count)]


def close_workers(workers: Sequence[Worker]) -> None:
    """Closes all environments and ends all processes, those that hang in a few seconds together."""
    processes = [worker for worker in workers if isinstance(worker, ProcessWorker)]
    for process in processes:
        process.hang_up()
    deadline_s = time.monotonic() + END_TIMEOUT_S
    for worker in workers:
        if isinstance(worker, LocalWorker):
            worker.close()
    for process in processes:
        process.end(deadline_s)


def wait_for_answers(workers: Sequence[Worker]) -> list[Worker]:
    """Waits until at least one worker has an answer; returns all that have one, in the order of their slots."""
    local = [worker for worker in workers if isinstance(worker, LocalWorker)]
    if local:
        return list(local)
    by_connection = {worker.connection: worker for worker in workers if isinstance(worker, ProcessWorker)}
    ready = [by_connection[each] for each in wait(list(by_connection)) if isinstance(each, Connection)]
    return sorted(ready, key=lambda worker: worker.slot)
