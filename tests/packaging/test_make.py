"""make takes whichever Python from 3.11 to 3.13 runs, the oldest first."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.installing import ROOT

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")
NAMES = ("python3.11", "python3.12", "python3.13", "python3")


def commands(tmp_path: Path, *arguments: str, working: tuple[str, ...]) -> subprocess.CompletedProcess:
    """`make install` where these names run, and the others are there but fail, as a version manager's do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NAMES:
        script = folder / name
        script.write_text(f"#!/bin/sh\nexit {0 if name in working else 127}\n")
        script.chmod(0o755)
    assert MAKE is not None
    return subprocess.run(
        [MAKE, *arguments, "--always-make", f"VENV={tmp_path / 'venv'}", "install"],
        cwd=ROOT,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("working", "taken"),
    [
        (("python3.11", "python3.12", "python3"), "python3.11"),
        (("python3.12", "python3.13", "python3"), "python3.12"),
        (("python3.13",), "python3.13"),
        (("python3",), "python3"),
    ],
)
def test_the_first_that_runs_is_taken(tmp_path, working, taken):
    done = commands(tmp_path, "--dry-run", working=working)
    assert done.returncode == 0, done.stderr
    assert f"\n{taken} -m venv" in done.stdout


def test_one_that_is_named_is_taken(tmp_path):
    done = commands(tmp_path, "--dry-run", "PYTHON=/opt/python3.14", working=NAMES)
    assert "\n/opt/python3.14 -m venv" in done.stdout


def test_none_is_one_line(tmp_path):
    done = commands(tmp_path, working=())
    assert done.returncode == 2
    assert "Python 3.11 to 3.13 not found: install one, or name it with make PYTHON=..." in done.stdout
    assert not (tmp_path / "venv").exists()
