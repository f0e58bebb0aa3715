"""Making houses when something comes between: signals, a second run, a full disk, settings that do not fit."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.house_sets import HousesConfig, make_houses
from leo_agent.envs.house_sets.files import CONFIG_NAME, house_paths, split_of
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

CONFIG = HousesConfig(count=1, seed=5, episodes_per_house=2)
# A run as a user starts it: signals with their usual meaning, wrong input on the last line.
RUN = """
import resource, signal, sys
from pathlib import Path
from leo_agent.contract.errors import InputError
from leo_agent.contract.interrupts import Terminated
from leo_agent.envs.house_sets import HousesConfig, make_houses

if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it
    workers, limit = int(sys.argv[2]), int(sys.argv[3])
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        make_houses(HousesConfig(count=40, seed=5, episodes_per_house=2), Path(sys.argv[1]), workers)
    except Terminated as interrupt:
        sys.exit(128 + interrupt.signal_number)
    except InputError as error:
        sys.exit(f"wrong input: {error}")
"""


def start(tmp_path: Path, out: Path, workers: int, limit_bytes: int = 0) -> subprocess.Popen:
    program = tmp_path / "run.py"
    program.write_text(RUN)
    command = [sys.executable, str(program), str(out), str(workers), str(limit_bytes)]
    where = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "PYTHONPATH": where}
    )


def wait_for_houses(running: subprocess.Popen, out: Path, count: int) -> None:
    deadline = time.monotonic() + 300
    while len(list((out / "scenes").glob("*.json"))) < count:
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def living(group: int) -> list[int]:
    """The processes of a group that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state, _, process_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:  # not a process, or gone meanwhile
            continue
        if int(process_group) == group and state not in "ZX":
            found.append(int(entry.name))
    return found


def check_whole(out: Path) -> set[str]:
    """Every house that is known has its files, its navmesh in the configuration and its episodes in a split."""
    names = {path.name.partition(".")[0] for path in (out / "scenes").iterdir()}
    listed = json.loads((out / CONFIG_NAME).read_text())["navmesh_instances"]
    assert {name.removesuffix("_navmesh") for name in listed} == names
    for split in {split_of(int(name[-4:])) for name in names}:
        here = {name for name in names if split_of(int(name[-4:])) == split}
        assert {episode.scene_name for episode in ObjectNav.read_episodes(out / "objectnav", split)} >= here
        assert all((out / path).is_file() for name in here for path in house_paths(name, split).values())
    return names


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "to_group"), [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGHUP, True)]
)
def test_a_signal_leaves_whole_houses_and_no_processes(tmp_path, number, to_group):
    out = tmp_path / "set"
    running = start(tmp_path, out, workers=2)
    wait_for_houses(running, out, 1)
    assert len(living(running.pid)) >= 3
    (os.killpg if to_group else os.kill)(running.pid, number)
    _, output = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert "Traceback" not in output
    assert check_whole(out)
    assert sorted(path.name for path in out.glob(".*")) == []
    deadline = time.monotonic() + 5
    while living(running.pid):  # the process that frees semaphores ends last
        assert time.monotonic() < deadline
        time.sleep(0.05)


@needs_proc
@pytest.mark.slow
def test_a_killed_run_leaves_no_workers_and_the_next_one_goes_on(tmp_path):
    out = tmp_path / "set"
    running = start(tmp_path, out, workers=2)
    wait_for_houses(running, out, 2)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 10
    while living(running.pid):
        assert time.monotonic() < deadline, "workers are left"
        time.sleep(0.05)
    running.stderr.close()
    names = {path.name.partition(".")[0] for path in (out / "scenes").iterdir()}
    make_houses(CONFIG, out)  # takes the lock, adds nothing but house 1 where that is not there
    assert check_whole(out) == names | {"house_0001"}
    assert sorted(path.name for path in out.glob(".*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_reported_in_one_line(tmp_path, workers):
    out = tmp_path / "set"
    running = start(tmp_path, out, workers, limit_bytes=500_000)
    _, output = running.communicate(timeout=300)
    assert running.returncode == 1
    lines = output.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"wrong input: out: {out}/.unfinished/house_000")
    assert lines[0].endswith(".glb cannot be written (File too large), expected a folder with room and leave to write")
    assert not list((out / "scenes").iterdir())
    assert not (out / ".unfinished").exists()


@pytest.mark.slow
def test_a_killed_worker_is_reported_in_one_line(tmp_path):
    def kill_one(finished: int, count: int) -> None:
        for process in multiprocessing.active_children()[:1]:
            process.kill()

    with pytest.raises(InputError, match=r"^workers: found 2, one of which was killed, .* enough memory .*continues$"):
        make_houses(HousesConfig(count=30, seed=5, episodes_per_house=2), tmp_path / "set", 2, kill_one)
    assert check_whole(tmp_path / "set")
    assert not multiprocessing.active_children()


def test_a_second_run_on_the_same_folder_is_refused(tmp_path):
    out, refused = tmp_path / "set", []

    def again(finished: int, count: int) -> None:
        with pytest.raises(InputError, match=r"^out: another run writes to .*set, expected") as caught:
            make_houses(CONFIG, out)
        refused.append(str(caught.value))
        assert (out / ".unfinished").is_dir()

    make_houses(CONFIG, out, on_house=again)
    assert len(refused) == 2
    assert "\n" not in refused[0]
    assert check_whole(out) == {"house_0001"}
    make_houses(CONFIG, out)  # free again


def test_settings_that_do_not_fit_are_reported_by_file_and_value(tmp_path):
    out = tmp_path / "set"
    out.mkdir()
    path = out / "houses.json"
    for content, expected in (
        (b"", r"^out: .*/houses\.json: not JSON \(Expecting value.*\), expected the settings of a run"),
        (b"\xff", r"^out: .*/houses\.json: not JSON"),
        (b"[1]", r"^out: .*/houses\.json holds something else, expected the settings generator, seed, episodes_per"),
        (b'{"seed": 1}', r"^out: .*/houses\.json holds something else"),
        (
            b'{"generator": 1, "seed": 4, "episodes_per_house": 9}',
            r"^out: found houses of generator 1, seed 4, episodes_per_house 9 in .*/set, expected an empty folder or "
            r"one begun with generator \d+, seed 5, episodes_per_house 2$",
        ),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=expected):
            make_houses(CONFIG, out)
        assert [entry.name for entry in out.iterdir()] == ["houses.json"]
        assert path.read_bytes() == content


def test_the_settings_are_written_once(tmp_path):
    def stop(finished: int, count: int) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "set"
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            make_houses(CONFIG, out, on_house=stop)
        os.utime(out / "houses.json", (1, 1))
    with pytest.raises(KeyboardInterrupt):
        make_houses(CONFIG, out, on_house=stop)
    assert (out / "houses.json").stat().st_mtime == 1
    assert not list(out.glob(".*"))
