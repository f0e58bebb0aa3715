"""The interface of a set of texts, and the registry of all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json
from leo_agent.data.items import TextItem
from leo_agent.envs.package_scan import check_free, import_modules

PACKAGE = "leo_agent.data.sets"
SPLITS = ("train", "val", "test")
_PLACES = ("", "alignment", "instruction", "annotations", "annotations/alignment", "annotations/instruction")
"""Folders below a data folder where the files of the sets may lie, as unpacked and as ours are written."""

OnBroken = Callable[[InputError], None]


def refuse(error: InputError) -> None:
    """What happens to a broken entry unless told otherwise."""
    raise error


class TextSet(ABC):
    """One set.

    Attributes:
        name: as LEO's mixtures call it; set by `register_set`.
        published: how many texts the paper's has, by split, as far as that is known.
    """

    name: ClassVar[str]
    published: ClassVar[Mapping[str, int]] = MappingProxyType({})

    @abstractmethod
    def files(self, split: str) -> tuple[str, ...]:
        """Paths of the files of a split, relative to one of the places below a data folder; none: it has no such."""

    @abstractmethod
    def read(self, root: Path, split: str, on_broken: OnBroken = refuse) -> Iterator[TextItem]:
        """The texts of a split in the order of its files.

        Args:
            root: the data folder.
            split: one of SPLITS.
            on_broken: called with what is wrong with an entry, which is then left out; raises by default.

        Raises:
            InputError: a file is missing or no such file, or, by default, an entry is broken.
        """

    @abstractmethod
    def contents(self, items: Sequence[TextItem], split: str) -> dict[str, Any]:
        """What the files of a split hold of these texts, by path as `files` has them."""


Kind = TypeVar("Kind", bound=type[TextSet])
_REGISTERED: dict[str, type[TextSet]] = {}


def register_set(name: str) -> Callable[[Kind], Kind]:
    """Decorator: makes a class the set of that name."""

    def register(kind: Kind) -> Kind:
        check_free(f"set {name}", kind, lambda: _REGISTERED.get(name), PACKAGE)
        kind.name = name
        _REGISTERED[name] = kind
        return kind

    return register


def set_names() -> list[str]:
    """Of all registered sets, sorted."""
    import_modules(PACKAGE)
    return sorted(_REGISTERED)


def find_set(name: str) -> TextSet:
    """The set of that name.

    Raises:
        InputError: there is none; the names are listed.
    """
    names = set_names()
    if name not in names:
        raise InputError(f"sets: found {name!r}, expected some of {', '.join(names)}")
    return _REGISTERED[name]()


def locate(root: Path, relative: str) -> Path | None:
    """Where a file of a set is below a data folder; None where it is not."""
    return next((path for place in _PLACES if (path := root / place / relative).exists()), None)


def located(root: Path, relative: str) -> Path:
    """The same.

    Raises:
        InputError: it is not there.
    """
    path = locate(root, relative)
    if path is None:
        raise InputError(f"{root}: {relative} is missing, also below {', '.join(place for place in _PLACES if place)}")
    return path


def is_there(text_set: TextSet, root: Path, split: str) -> bool:
    """Whether a data folder has the split of a set: one of its files."""
    return any(locate(root, relative) is not None for relative in text_set.files(split))


def each_row(path: Path, expected: str = "a list of entries") -> Iterator[tuple[str, Any]]:
    """The entries of a list in a file of JSON, each with where it stands.

    Raises:
        InputError: it is no such file.
    """
    rows = read_json(path, expected)
    if not isinstance(rows, list):
        raise InputError(f"{path}: found {type(rows).__name__}, expected {expected}")
    for number, row in enumerate(rows):
        yield f"{path}: entry {number}", row


def each_scan(path: Path, expected: str = "an object of scans") -> Iterator[tuple[str, str, Any]]:
    """The entries of an object in a file of JSON: where each stands, the scan, the value."""
    scans = read_json(path, expected)
    if not isinstance(scans, dict):
        raise InputError(f"{path}: found {type(scans).__name__}, expected {expected}")
    for scan, value in scans.items():
        yield f"{path}: {scan}", scan, value
