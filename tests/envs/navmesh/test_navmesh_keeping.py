"""What was baked once is not baked again, by whatever process, and what cannot be kept is baked all the same."""

import logging
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs import waiting
from leo_agent.envs.cache_folder import VARIABLE
from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS, NavMeshFile, bake_navmesh, compute_navmesh
from leo_agent.envs.navmesh.baking import keeping
from leo_agent.envs.navmesh.file_writer import navmesh_bytes

VERTICES = np.float32([[0, 0, 0], [0, 0, 5], [5, 0, 5], [5, 0, 0]])
FACES = np.int32([[0, 1, 2], [0, 2, 3]])


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    keeping._say_once.cache_clear()
    return tmp_path


@pytest.fixture
def computed(monkeypatch) -> list[NavMeshFile]:
    """What was computed so far."""
    files = []

    def noted(*args):
        files.append(compute_navmesh(*args))
        return files[-1]

    monkeypatch.setattr(keeping, "compute_navmesh", noted)
    return files


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("navmeshes/*.navmesh"))


def test_the_second_time_it_is_read(folder, computed):
    first, second = bake_navmesh(VERTICES, FACES), bake_navmesh(VERTICES.copy(), FACES.copy())
    assert len(computed) == len(kept_files(folder)) == 1
    assert navmesh_bytes(first) == navmesh_bytes(second) == navmesh_bytes(compute_navmesh(VERTICES, FACES))
    assert first.settings == second.settings == OBJECTNAV_SETTINGS
    assert np.array_equal(first.triangles, second.triangles)


@pytest.mark.parametrize(
    "others",
    [
        (VERTICES + np.float32([0, 0, 0.001]), FACES, OBJECTNAV_SETTINGS),
        (VERTICES, FACES[[1, 0]], OBJECTNAV_SETTINGS),
        (VERTICES, FACES, replace(OBJECTNAV_SETTINGS, agent_radius=0.1)),
        (VERTICES, FACES, replace(OBJECTNAV_SETTINGS, filter_ledge_spans=False)),
    ],
)
def test_other_triangles_and_settings_are_baked_for_themselves(folder, computed, others):
    bake_navmesh(VERTICES, FACES)
    found = bake_navmesh(*others)
    assert len(computed) == len(kept_files(folder)) == 2
    assert navmesh_bytes(found) == navmesh_bytes(compute_navmesh(*others))


def test_code_that_was_edited_bakes_anew(folder, computed, monkeypatch):
    bake_navmesh(VERTICES, FACES)
    monkeypatch.setattr(keeping, "_code", lambda: "another version")
    bake_navmesh(VERTICES, FACES)
    assert len(computed) == 2


def test_a_cache_that_cannot_be_written_ends_nothing(tmp_path, monkeypatch, folder, computed, caplog):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "cache"))
    with caplog.at_level(logging.WARNING):
        first, second = bake_navmesh(VERTICES, FACES), bake_navmesh(VERTICES, FACES)
    assert navmesh_bytes(first) == navmesh_bytes(second)
    assert len(computed) == 2
    assert len(caplog.messages) == 1
    assert "cannot be written" in caplog.messages[0]
    assert VARIABLE in caplog.messages[0]


def test_a_disk_that_is_full_ends_nothing_and_is_not_baked_for_twice(folder, computed, monkeypatch, caplog):
    def full(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert navmesh_bytes(bake_navmesh(VERTICES, FACES)) == navmesh_bytes(computed[0])
    assert len(computed) == 1
    assert not kept_files(folder)
    assert "No space left on device" in caplog.text


@pytest.mark.parametrize("damage", [b"", b"not a navmesh"])
def test_a_damaged_file_is_baked_again(folder, computed, caplog, damage):
    whole = navmesh_bytes(bake_navmesh(VERTICES, FACES))
    (path,) = kept_files(folder)
    path.write_bytes(damage)
    assert navmesh_bytes(bake_navmesh(VERTICES, FACES)) == whole
    assert path.read_bytes() == whole
    assert "it is baked again" in caplog.text


def test_a_damaged_file_that_cannot_be_removed_is_baked_past(folder, computed, monkeypatch, caplog):
    """A cache of somebody else's, which can only be read."""
    whole = navmesh_bytes(bake_navmesh(VERTICES, FACES))
    (path,) = kept_files(folder)
    path.write_bytes(b"not a navmesh")

    def refuse(path, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert navmesh_bytes(bake_navmesh(VERTICES, FACES)) == whole
    assert len(computed) == 2
    assert path.read_bytes() == b"not a navmesh"


def test_a_damaged_file_that_another_caller_has_made_anew_meanwhile(folder, computed, monkeypatch):
    whole = navmesh_bytes(bake_navmesh(VERTICES, FACES))
    (path,) = kept_files(folder)
    path.write_bytes(b"not a navmesh")
    kept, calls = keeping.kept, []

    def second(name, make):
        calls.append(name)
        if len(calls) == 2:
            path.write_bytes(whole)
        return kept(name, make)

    monkeypatch.setattr(keeping, "kept", second)
    assert navmesh_bytes(bake_navmesh(VERTICES, FACES)) == whole
    assert len(calls) == 2


def test_what_cannot_be_baked_leaves_nothing(folder):
    for _ in range(2):
        with pytest.raises(InputError, match="found no floor"):
            bake_navmesh(VERTICES, FACES[:, ::-1])
    with pytest.raises(InputError, match="found 0 vertices"):
        bake_navmesh(np.empty((0, 3)), FACES)
    with pytest.raises(InputError, match=r"found vertices \(4, 2\)"):
        bake_navmesh(VERTICES[:, :2], FACES)
    assert not kept_files(folder)


def test_what_takes_long_says_what_it_does(folder, monkeypatch, capsys):
    monkeypatch.setattr(waiting, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(waiting, "_FILE_PAUSE_S", 0.01)

    def slow(vertices, faces, settings, tell):
        for stage in ("regions, 2 of 5", "heights, 5 of 5"):
            tell(stage)
            time.sleep(0.2)
        return compute_navmesh(vertices, faces, settings)

    monkeypatch.setattr(keeping, "compute_navmesh", slow)
    bake_navmesh(VERTICES, FACES)
    shown = capsys.readouterr().err
    assert "baking a navmesh of 5 x 5 m (regions, 2 of 5): 00:00" in shown
    assert "baking a navmesh of 5 x 5 m (heights, 5 of 5): 00:00" in shown
    bake_navmesh(VERTICES, FACES)
    assert capsys.readouterr().err == ""


def test_the_stages_are_told_in_order():
    told = []
    compute_navmesh(VERTICES, FACES, OBJECTNAV_SETTINGS, told.append)
    assert [stage.split(", ")[1] for stage in told] == [f"{number} of 5" for number in range(1, 6)]
