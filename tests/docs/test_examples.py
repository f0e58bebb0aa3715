"""The scripts of `examples/` run, at a size of seconds."""

import subprocess
import sys

import pytest

from tests.docs.markdown import ROOT

# Script -> arguments, and the words that end what it prints.
RUNS = {
    "own_policy.py": ("--episodes 1 --out run", "path_length"),
    "act_in_both_worlds.py": ("--steps 3", "'score'"),
    "collect_and_train.py": ("--episodes 2 --steps 2 --batch-size 4 --test-episodes 1 --out run", "["),
    "ask_about_a_scene.py": ("--max-tokens 4 --out room.ply", "What is beside the table?"),
    "own_task.py": ("--episodes 1", "bowl score 1.0"),
}


def test_every_script_has_a_run():
    assert sorted(RUNS) == sorted(path.name for path in (ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", RUNS)
def test_it_runs(script, tmp_path):
    """In a process of its own, since one of them registers a task, and in a folder that is not the repository's."""
    arguments, expected = RUNS[script]
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / script), *arguments.split()],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert expected in " ".join(done.stdout.splitlines()[-2:])
