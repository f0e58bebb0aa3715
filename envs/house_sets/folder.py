"""The folder of a dataset: one run at a time writes to it, and whatever is at its place there is whole."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json
from leo_agent.envs.house_sets.files import (
    CONFIG_NAME,
    SPLITS,
    dataset_config,
    gzip_bytes,
    house_name,
    house_paths,
    json_bytes,
    split_file,
    split_of,
)

_SETTINGS_NAME = "houses.json"
_ASIDE, _LOCK = ".unfinished", ".lock"
_SCENE_NAME = re.compile(r"house_(\d{4})\.scene_instance\.json")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """A block that writes to `path`.

    Raises:
        InputError: the system refuses; its reason stands in one line.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"out: {path} cannot be written ({error.strerror}), expected a folder with room and leave to write"
        ) from error


def write_file(path: Path, content: bytes) -> None:
    """Writes a new file.

    Raises:
        InputError: it cannot be written.
    """
    with writing(path):
        path.write_bytes(content)


class HousesFolder:
    """A folder that this process alone writes to (see `claimed`); `aside` is for houses under way."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.aside = out / _ASIDE

    def houses(self) -> dict[int, str]:
        """Numbers and names of the finished houses."""
        matches = [_SCENE_NAME.fullmatch(path.name) for path in (self.out / "scenes").iterdir()]
        return {number: house_name(number) for number in sorted(int(match[1]) for match in matches if match)}

    def move_into_place(self, number: int) -> None:
        """Moves the files of a finished house to their places, the one that makes it known last."""
        name = house_name(number)
        for relative in house_paths(name, split_of(number)).values():
            with writing(self.out / relative):
                os.replace(self.aside / name / relative.name, self.out / relative)
        self.write_tables()

    def write_tables(self) -> None:
        """The dataset's configuration over the finished houses, and the top file of each split that has one."""
        houses = self.houses()
        for split in SPLITS:
            if any(split_of(number) == split for number in houses):
                self._put(f"objectnav/{split}/{split}.json.gz", gzip_bytes(split_file()))
        self._put(CONFIG_NAME, json_bytes(dataset_config(list(houses.values()))))

    def begin(self, settings: Mapping[str, int]) -> None:
        """Makes the folders in it, and puts right what a run that was killed left."""
        with writing(self.out):
            shutil.rmtree(self.aside, ignore_errors=True)
            self.aside.mkdir()
        if not (self.out / _SETTINGS_NAME).exists():
            self._put(_SETTINGS_NAME, json_bytes(settings))
        for folder in {path.parent for split in SPLITS for path in house_paths("", split).values()}:
            with writing(self.out / folder):
                (self.out / folder).mkdir(parents=True, exist_ok=True)
        self.write_tables()

    def check(self, settings: Mapping[str, int]) -> None:
        """Checks that the folder is empty or was begun with these settings.

        Raises:
            InputError: it holds something else.
        """
        path = self.out / _SETTINGS_NAME
        with writing(self.out):
            content = sorted(entry.name for entry in self.out.iterdir() if entry.name not in (_ASIDE, _LOCK))
        if content and not path.is_file():
            raise InputError(f"out: found {content[0]!r} in {self.out}, expected an empty or new folder")
        if not content:
            return
        try:
            found = read_json(path, "the settings of a run")
        except InputError as error:
            raise InputError(f"out: {error}") from error
        if not isinstance(found, dict) or found.keys() != settings.keys():
            raise InputError(f"out: {path} holds something else, expected the settings {', '.join(settings)}")
        if found != settings:
            raise InputError(
                f"out: found houses of {_listed(found)} in {self.out}, expected an empty folder or one begun with "
                f"{_listed(settings)}"
            )

    def _put(self, relative: str, content: bytes) -> None:
        """Writes a file aside, then moves it to its place."""
        path = self.out / relative
        fresh = self.aside / path.name
        write_file(fresh, content)
        with writing(path):
            os.replace(fresh, path)


@contextmanager
def claimed(out: Path, settings: Mapping[str, int]) -> Iterator[HousesFolder]:
    """A folder, empty or begun with the same settings, that no other run may write to until the end.

    Raises:
        InputError: it holds something else, or another run writes to it.
    """
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    with _locked(out):
        folder = HousesFolder(out)
        folder.check(settings)
        try:
            folder.begin(settings)
            yield folder
        finally:
            shutil.rmtree(folder.aside, ignore_errors=True)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Holds the folder's lock, which the system takes back if the process is killed."""
    path = out / _LOCK
    while True:
        with writing(path):
            file = path.open("ab")
        with file:
            try:
                with writing(path):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except InputError as error:
                if not isinstance(error.__cause__, BlockingIOError):
                    raise
                raise InputError(f"out: another run writes to {out}, expected a folder of its own") from error
            if _is_at(file, path):
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _is_at(file: BinaryIO, path: Path) -> bool:
    """False if the run that had the lock before has removed the file meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _listed(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in settings.items())
