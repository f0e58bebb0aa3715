"""`leo-agent scenes make`: help, one-line complaints, what it prints, and an interrupt in the middle."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from leo_agent import cli
from leo_agent.contract.errors import InputError
from leo_agent.envs.house_sets.folder import HousesFolder


def test_help_tells_what_comes_out_and_every_default(capsys):
    assert cli.main(["scenes", "make", "--help"]) == 0
    printed = capsys.readouterr().out
    for word in (
        "--count",
        "--out",
        "--seed",
        "--episodes",
        "--workers",
        "objectnav/train",
        "houses.scene_dataset_config",
    ):
        assert word in printed
    assert printed.count("(default:") == 3
    assert printed.count("(required)") == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "ACTION"),
        (["make", "--count", "1"], "--out"),
        (["make", "--count", "0", "--out", "new"], "--count: found 0"),
        (["make", "--count", "1", "--out", "new", "--seed", "-1"], "--seed: found -1"),
        (["make", "--count", "1", "--out", "new", "--episodes", "0"], "--episodes: found 0"),
        (["make", "--count", "1", "--out", "new", "--workers", "0"], "--workers: found 0"),
        (["make", "--count", "1", "--out", "taken"], "taken"),
    ],
)
def test_wrong_input_is_one_line_without_a_bar(arguments, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "other.txt").write_text("")
    assert cli.main(["scenes", *arguments]) == 2
    printed = capsys.readouterr().err
    assert "error:" in printed
    assert expected in printed
    assert len(printed.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_it_makes_houses_and_says_what_the_folder_holds(tmp_path, capsys):
    out = tmp_path / "houses"
    command = ["scenes", "make", "--episodes", "3", "--workers", "1", "--out", str(out), "--count"]
    assert cli.main([*command, "1"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"1 house (1 train, 0 val) in {out} after ")
    assert "val is empty: --count 2" in printed
    before = {path: path.stat().st_mtime_ns for path in (out / "houses").iterdir()}
    assert cli.main([*command, "1"]) == 0  # nothing is left to do
    assert before == {path: path.stat().st_mtime_ns for path in (out / "houses").iterdir()}
    assert cli.main([*command, "2"]) == 0
    assert cli.main([*command, "1"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(" in ")[0] for line in printed[2:]] == ["2 houses (1 train, 1 val)"] * 2


def test_a_complaint_in_the_middle_takes_the_bar_away(tmp_path, monkeypatch, capsys):
    def fail(folder, number):
        raise InputError("--out: no room")

    monkeypatch.setattr(HousesFolder, "move_into_place", fail)
    assert cli.main(["scenes", "make", "--count", "1", "--workers", "1", "--out", str(tmp_path / "new")]) == 2
    *bar, printed = re.split(r"[\r\n]+", capsys.readouterr().err.strip("\n"))
    assert printed == "leo-agent scenes: error: --out: no room"
    assert not bar[-1].strip()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_whole_houses_and_no_processes(tmp_path, heard_interrupts, number, code):
    out = tmp_path / "houses"
    command = [
        sys.executable,
        "-m",
        "leo_agent",
        "scenes",
        "make",
        "--count",
        "40",
        "--episodes",
        "2",
        "--workers",
        "2",
    ]
    running = subprocess.Popen([*command, "--out", str(out)], stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 300
    while len(list((out / "scenes").glob("*.json"))) < 2:
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.1)
    os.killpg(running.pid, number)  # as a terminal does
    _, printed = running.communicate(timeout=60)
    assert running.returncode == code
    assert "interrupted:" in printed
    assert "Traceback" not in printed
    scenes = {path.name.partition(".")[0] for path in (out / "scenes").iterdir()}
    for ending in (".glb", ".semantic.glb", ".instances.json", ".facts.json", ".navmesh"):
        assert {path.name.removesuffix(ending) for path in (out / "houses").glob(f"*{ending}")} >= scenes
    assert len(list((out / "houses").iterdir())) == 5 * len(scenes)
    while time.monotonic() < deadline:
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("processes are left")
