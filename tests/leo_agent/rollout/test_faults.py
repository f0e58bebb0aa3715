"""Actions, policies, environments, processes and disks that fail: what they cost, and what stays."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from leo_agent import cli
from leo_agent.contract.errors import OutputError
from leo_agent.contract.files import remove_left_over
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.video import VideoWriter
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.episodes.run_folder import RunFolder, read_results, write_json
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from leo_agent.results.report import write_report
from leo_agent.rollout import rollout
from tests.episodes.demonstrations import record
from tests.episodes.test_run_folder import IDENTITY, line
from tests.leo_agent.toy import FAULTY_ID, TOY_ID, Walker
from tests.policies.leo import tiny


class Wrong(Walker):
    """Answers something wrong in the second step of the episodes with the number 1."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def act(self, observations, instructions):
        actions = super().act(observations, instructions)
        if any(each["agent_position"][0] == 1 for each in observations) and self._is_second(observations):
            return self.answer(actions)
        return actions

    def _is_second(self, observations):
        return any(each["episode_seed"] % 3 == 0 for each in observations)


def run(out, policy, env=FAULTY_ID, **options):
    return rollout(env, policy, out=out, progress=False, **options)


WRONG = {
    "nan": (lambda actions: [float("nan")] * len(actions), "action: found nan, expected an integer from 0 to 3"),
    "out of range": (lambda actions: [7] * len(actions), "action: found 7, expected an integer from 0 to 3"),
    "text": (lambda actions: ["stop"] * len(actions), "action: found 'stop', expected an integer from 0 to 3"),
    "none": (lambda actions: None, "policy: answered None to a batch of "),
    "too few": (
        lambda actions: actions[1:],
        "policy: answered 0 actions to a batch of 1, expected one action for each",
    ),
    "cannot be sent": (lambda actions: [lambda: 1 for _ in actions], ""),
    "empty tensor": (lambda actions: [torch.zeros(1, device="meta") for _ in actions], ""),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_the_error_of_its_episode_and_a_resume_does_not_stop_at_it(tmp_path, name, workers):
    answer, message = WRONG[name]
    if name == "too few" and workers > 1:
        pytest.skip("how many wait at once is not known")
    report = run(tmp_path / "out", Wrong(answer), workers=workers)
    assert len(report.results) == 6
    errors = [each["error"] for each in report.results if each["outcome"] == "error"]
    assert 0 < len(errors) < 6
    assert all(re.match(r"step \d: ", error) and message in error for error in errors)
    # Of a batch that fails all are errors, and who is in a batch depends on who is quick.
    again = run(tmp_path / "out", Wrong(answer), workers=workers)
    assert len(again.results) == 6
    assert any(each["outcome"] == "error" for each in again.results)


@pytest.mark.parametrize(
    "number",
    [np.int64(1), np.array([1]), [1], torch.tensor(1), torch.tensor([1], dtype=torch.uint8)],
    ids=["numpy", "array", "list", "tensor", "tensor of one"],
)
def test_every_way_to_say_a_number_is_read(tmp_path, number):
    class Saying(Walker):
        def act(self, observations, instructions):
            return [number for _ in observations]

    report = run(tmp_path / "out", Saying(), workers=2, episodes=2)
    assert [each["steps"] for each in report.results] == [12, 12]


@pytest.mark.parametrize(
    "values",
    [
        torch.full((7,), 0.5, requires_grad=True),
        torch.full((7,), 0.5, requires_grad=True) * 1,
        torch.full((7,), 0.5, dtype=torch.bfloat16),
        torch.full((7,), 0.5, dtype=torch.float8_e4m3fn),
        np.full(7, 0.5, np.float16),
        [torch.tensor(0.5)] * 7,
        (0.5,) * 7,
    ],
    ids=["leaf with gradient", "with gradient", "bfloat16", "float8", "float16", "list of tensors", "tuple"],
)
def test_numbers_of_every_framework_and_kind_are_poses(values):
    vector = TabletopEmbodiment().to_vector({"pick": values, "place": values})
    assert vector.dtype == np.float32
    assert (vector == 0.5).all()


def test_a_policy_that_fails_at_its_reset_costs_these_episodes(tmp_path):
    class Failing(Walker):
        def reset(self, indices):
            super().reset(indices)
            raise RuntimeError("out of memory")

    report = run(tmp_path / "out", Failing(), episodes=2)
    assert [each["outcome"] for each in report.results] == ["error", "error"]
    assert report.results[0]["error"].splitlines()[-1] == "RuntimeError: out of memory"


def test_a_policy_that_leaves_the_program_costs_this_episode(tmp_path):
    class Leaving(Walker):
        def __init__(self):
            super().__init__()
            self.episodes = 0

        def reset(self, indices):
            super().reset(indices)
            self.episodes += 1
            if self.episodes == 2:
                sys.exit(0)

    report = run(tmp_path / "out", Leaving(), episodes=3)
    assert sorted(each["outcome"] == "error" for each in report.results) == [False, False, True]
    assert [each["error"].splitlines()[-1] for each in report.results if each["error"]] == ["SystemExit: 0"]


@pytest.mark.parametrize("command", ["rollout", "collect"])
def test_a_run_that_scored_nothing_exits_with_1_and_its_resume_too(tmp_path, command, capsys):
    out = ["--out", str(tmp_path / "out")]
    arguments = [command, "--env", FAULTY_ID, "--policy", "tests.leo_agent.toy:AlwaysWrong", *out]
    for _ in range(2):
        assert cli.main([*arguments, "--episodes", "2"]) == 1
        assert "AlwaysWrong" in capsys.readouterr().out


@pytest.mark.parametrize("workers", [1, 2])
def test_an_environment_that_cannot_be_closed_costs_no_results(tmp_path, workers, caplog):
    report = run(tmp_path / "out", Walker(), env_options={"trouble": "close"}, workers=workers, videos=2)
    assert len(report.results) == 6
    assert (tmp_path / "out/report.html").exists()
    if workers == 1:
        assert "the environment could not be closed: RuntimeError: the simulator is gone" in caplog.text


def started(*arguments, **environment):
    """A run in a session of its own."""
    command = [sys.executable, "-m", "leo_agent.cli", "rollout", *arguments]
    values = {**os.environ, "PYTHONPATH": os.getcwd(), **environment}
    return subprocess.Popen(command, env=values, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_until(is_so):
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_termination_leaves_summary_and_report(tmp_path, number, code, heard_interrupts):
    out = tmp_path / "out"
    process = started("--env", TOY_ID, "--policy", "tests.leo_agent.toy:Slow", "--workers", "2", "--out", str(out))
    wait_until(lambda: (out / "episodes.jsonl").exists() and read_results(out))
    process.send_signal(number)
    printed = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert "the same command continues" in printed
    assert "Traceback" not in printed
    done = len(read_results(out))
    assert 1 <= done < 6
    assert json.loads((out / "summary.json").read_text())["timing"]["episodes"] == done
    assert "Episodes" in (out / "report.html").read_text()


def test_one_interrupt_ends_a_run_whose_workers_hang_and_hear_no_sigterm(tmp_path, heard_interrupts):
    out, hangs = tmp_path / "out", tmp_path / "hangs"
    options = ("--env-option", "trouble=hang", "--policy", "tests.leo_agent.toy:Walker", "--workers", "3")
    process = started("--env", FAULTY_ID, *options, "--out", str(out), HANGS=str(hangs))
    wait_until(hangs.exists)
    begin = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - begin < 40  # three workers wait and are killed together, in seconds
    assert (out / "summary.json").exists()
    wait_until(lambda: not is_group(process.pid))


def is_group(number):
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def full_disk(size_bytes):
    """No file may grow beyond that: the system's answer is an OSError, as that of a full disk is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill_lines(folder):
    with RunFolder(folder, IDENTITY, {}) as run_folder:
        for number in range(100):
            run_folder.append(line(number, instruction="x" * 1000))


def film(folder):
    rng = np.random.default_rng(0)
    with VideoWriter(folder / "a.mp4", 5) as video:
        for _ in range(40):
            video.add(rng.integers(0, 255, (64, 64, 3), np.uint8))


WRITERS = {
    "episodes.jsonl": fill_lines,
    "JSON": lambda folder: write_json(folder / "config.json", ["x" * 100] * 1000),
    "video": film,
    "weights": lambda folder: save_pretrained(tiny.model(), tiny.tokenizer(), folder),
    "demonstration": lambda folder: record(folder, 0),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_line_wherever_it_is_noticed(tmp_path, name):
    size = {"demonstration": 200, "video": 4096}.get(name, 20_000)
    with full_disk(size), pytest.raises(OutputError, match=r"cannot be written \(") as caught:
        WRITERS[name](tmp_path)
    assert "\n" not in str(caught.value)
    if name == "episodes.jsonl":
        assert 1 < len(read_results(tmp_path)) < 100
        assert (tmp_path / "episodes.jsonl").read_bytes().endswith(b"\n")
        with RunFolder(tmp_path, IDENTITY, {}) as run_folder:
            run_folder.append(line(100))
    elif name != "demonstration":
        assert not [path for path in files_in(tmp_path) if path.name.startswith(".") or path.suffix == ".part"]


def test_a_disk_that_is_full_ends_a_run_which_then_goes_on_where_it_was(tmp_path):
    whole = run(tmp_path / "whole", Long(), env=TOY_ID)
    size = (tmp_path / "whole/episodes.jsonl").stat().st_size
    config = (tmp_path / "whole/config.json").stat().st_size
    with full_disk(max(config + 100, size // 2)), pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "cut", Long(), env=TOY_ID)
    done = len(read_results(tmp_path / "cut"))
    assert 0 < done < 6
    assert len(run(tmp_path / "cut", Long(), env=TOY_ID).results) == len(whole.results) == 6


class Long(Walker):
    """Its name makes long lines."""

    name = "long" * 600


def test_standard_output_that_is_full_is_one_line(tmp_path):
    run(tmp_path / "out", Walker(), episodes=2)
    command = [sys.executable, "-m", "leo_agent.cli", "score", str(tmp_path / "out")]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "leo-agent score: error: No space left on device\n")


def dead_process():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_what_killed_processes_left_is_removed_by_the_next_run(tmp_path):
    run(tmp_path / "out", Walker(), episodes=2, videos=1)
    dead, alive = dead_process(), os.getppid()
    kept = {f".config.json.{alive}", ".notes", f".notes.{dead}", f"config.json.{dead}", ".config.json.old"}
    gone = {f".config.json.{dead}", f".report.html.{dead}", f".summary.json.{dead}", f"videos/.a.mp4.{dead}"}
    for name in kept | gone:
        (tmp_path / "out" / name).write_text("half")
    run(tmp_path / "out", Walker(), episodes=2)
    left = {str(path) for path in files_in(tmp_path / "out")}
    assert kept <= left
    assert not gone & left


def test_a_dataset_is_cleaned_as_well(tmp_path):
    record(tmp_path, 0)
    dead = dead_process()
    DatasetWriter(tmp_path).close()
    names = [f"meta/.info.json.{dead}", f"data/chunk-000/.file-000.parquet.{dead}"]
    for name in names:
        (tmp_path / name).write_text("half")
    DatasetWriter(tmp_path).close()
    assert not [name for name in names if (tmp_path / name).exists()]
    assert Dataset(tmp_path).num_episodes == 1


def test_folders_and_links_are_no_left_over_files(tmp_path):
    dead = dead_process()
    (tmp_path / f".a.json.{dead}").mkdir()
    remove_left_over(tmp_path)
    assert (tmp_path / f".a.json.{dead}").is_dir()


def test_the_report_is_whole_or_not_there(tmp_path):
    run(tmp_path / "out", Walker(), episodes=2)
    before = (tmp_path / "out/report.html").read_bytes()
    with full_disk(100), pytest.raises(OutputError, match=r"report\.html: cannot be written \(File too large\)"):
        write_report(tmp_path / "out")
    assert (tmp_path / "out/report.html").read_bytes() == before
