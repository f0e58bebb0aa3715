import multiprocessing
import os
from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.cache_folder import VARIABLE, cache_folder, kept


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_variable_names_the_folder(folder, monkeypatch):
    assert cache_folder() == folder
    monkeypatch.setenv(VARIABLE, "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"
    monkeypatch.delenv(VARIABLE)
    assert cache_folder().name == "leo_agent"


def test_made_once_then_kept(folder):
    calls = []

    def make(path):
        calls.append(path)
        path.write_text("made")

    assert kept("navmesh/a.bin", make).read_text() == "made"
    assert kept("navmesh/a.bin", make) == folder / "navmesh/a.bin"
    assert len(calls) == 1


def test_a_folder_is_kept_too(folder):
    def make(path):
        path.mkdir()
        (path / "inside").write_text("x")

    assert (kept("houses/1", make) / "inside").read_text() == "x"


def test_nothing_half_made_is_left_by_an_error_or_a_killed_process(folder):
    def fail(path):
        path.write_text("half")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        kept("a.bin", fail)
    assert not (folder / "a.bin").exists()
    killed = folder / ".a.bin.new-killed"
    killed.mkdir()
    kept("a.bin", lambda path: path.write_text("whole"))
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock")) == ["a.bin"]


def test_a_full_or_closed_disk_is_one_line_that_names_the_variable(folder):
    def full(path):
        raise OSError(28, os.strerror(28))

    with pytest.raises(InputError, match=rf"cannot be written there \(No space left on device\).*{VARIABLE}"):
        kept("a.bin", full)
    folder.joinpath("file").write_text("in the way")
    with pytest.raises(InputError, match=VARIABLE):
        kept("file/a.bin", full)


def _make_slowly(log: str) -> None:
    def make(path):
        with open(log, "a") as file:
            file.write("made\n")
        path.write_text("made")

    kept("shared.bin", make)


def test_processes_at_once_make_it_once(folder, tmp_path):
    log = str(tmp_path / "log")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_make_slowly, args=(log,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert Path(log).read_text() == "made\n"
