"""The interface of a task of training, and the registry of all of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.envs.package_scan import check_free, import_modules
from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.train.samples.source import Source, SourceOptions

PACKAGE = "leo_agent.train.tasks"


class TrainingTask(ABC):
    """One task."""

    name: ClassVar[str]
    """As recipes call it; set by `register_task`."""

    @abstractmethod
    def is_in(self, folder: Path) -> bool:
        """Whether a dataset's folder holds samples of this task.

        Raises:
            InputError: it is a dataset of the kind that the task reads, and damaged.
        """

    @abstractmethod
    def source(self, folder: Path, options: SourceOptions) -> Source:
        """The samples of the task in such a folder.

        Raises:
            InputError: it cannot be trained on.
        """

    @abstractmethod
    def digest(self, folder: Path) -> str:
        """Changes when what such a folder holds does.

        Raises:
            InputError: a file cannot be read.
        """

    def lines(self, folder: Path) -> Iterable[str]:
        """What such a folder has a model read and say, for the tokenizer of a new one; none: nothing of its own.

        Raises:
            InputError: a file cannot be read.
        """
        return ()

    def metrics(self, answered: NDArray[np.int64], batch: LeoBatch) -> dict[str, NDArray[np.floating]]:
        """What validation measures beside loss and token accuracy, a number a sample.

        Args:
            answered: (B, A) the token id that is most probable at each place of the right answer.
            batch: the samples.
        """
        right = (answered == batch.answer_ids.numpy()) | ~batch.answer_mask.numpy()
        return {"exact": right.all(axis=1).astype(np.float64)}


Kind = TypeVar("Kind", bound=type[TrainingTask])
_REGISTERED: dict[str, type[TrainingTask]] = {}


def register_task(name: str) -> Callable[[Kind], Kind]:
    """Decorator: makes a class the task of that name."""

    def register(kind: Kind) -> Kind:
        check_free(f"task {name}", kind, lambda: _REGISTERED.get(name), PACKAGE)
        kind.name = name
        _REGISTERED[name] = kind
        return kind

    return register


def task_names() -> list[str]:
    """Of all registered tasks, sorted."""
    import_modules(PACKAGE)
    return sorted(_REGISTERED)


def find_task(name: str) -> TrainingTask:
    """The task of that name.

    Raises:
        InputError: there is none; the names are listed.
    """
    names = task_names()
    if name not in names:
        raise InputError(f"tasks: found {name!r}, expected some of {', '.join(names)}")
    return _REGISTERED[name]()


def tasks_in(folder: str | Path) -> list[TrainingTask]:
    """The tasks that a dataset's folder holds samples of.

    Raises:
        InputError: it holds none.
    """
    found = [task for task in map(find_task, task_names()) if task.is_in(Path(folder))]
    if not found:
        raise InputError(f"{folder}: holds samples of none of the tasks {', '.join(task_names())}")
    return found


def chosen_sources(folders: Sequence[str], wanted: Sequence[str], max_datasets: int) -> list[tuple[str, TrainingTask]]:
    """The pairs of dataset and task that are trained.

    Args:
        folders: of the datasets.
        wanted: names of tasks; none: all that there are.
        max_datasets: of each task only the first so many datasets; 0: all.

    Raises:
        InputError: a task is unknown, or no dataset is of any that is wanted.
    """
    tasks = {name: find_task(name) for name in wanted}
    found = [(folder, task) for folder in folders for task in tasks_in(folder) if not tasks or task.name in tasks]
    if not found:
        raise InputError(f"data: found {', '.join(folders) or 'none'}, expected a dataset of {', '.join(tasks)}")
    taken: dict[str, int] = {}
    chosen = []
    for folder, task in found:
        taken[task.name] = taken.get(task.name, 0) + 1
        if not max_datasets or taken[task.name] <= max_datasets:
            chosen.append((folder, task))
    return chosen
