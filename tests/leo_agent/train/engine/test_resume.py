"""A run that was stopped anywhere goes on to be, in every bit, the one that was not."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from leo_agent.contract.errors import InputError, OutputError
from leo_agent.train import run_files, session
from leo_agent.train.engine import checkpoints
from leo_agent.train.engine.trainer import Trainer
from leo_agent.train.recipes.recipe import Recipe
from leo_agent.train.session import train
from tests.leo_agent.train.runs import kept, lines, recipe

STAGES = [
    {"name": "first", "steps": 3, "batch_size": 5, "accumulation": 2, "frozen": ["adapters"], "warmup_steps": 1},
    {"name": "second", "steps": 4, "batch_size": 4, "frozen": ["language_model"], "tasks": {"tabletop": 1.0}},
]


@pytest.fixture(scope="module")
def plan(start) -> Recipe:
    """Two stages with all that draws random numbers, lines of the log that span checkpoints, and a best policy."""
    values = recipe(start, history_dropout=0.5, validation_share=0.34, save_every=2, log_every=3).to_dict()
    return Recipe.from_dict({**values, "stages": STAGES, "rotate": True}, complete=False)


@pytest.fixture(scope="module")
def whole(plan, tmp_path_factory) -> Path:
    """The run that nothing stopped."""
    out = tmp_path_factory.mktemp("whole") / "run"
    train(plan, out)
    return out


class Killed(BaseException):
    """What no code of ours catches."""


def assert_same(run: Path, whole: Path) -> None:
    assert lines(run) == lines(whole)
    assert kept(run) == kept(whole)


@pytest.mark.parametrize("step", [1, 2, 3, 4, 6, 7])
def test_stopped_in_the_middle_of_a_step(plan, whole, tmp_path, monkeypatch, step):
    with monkeypatch.context() as patch:
        made = []

        def killing(self, *arguments):
            made.append(None)
            if len(made) == step:
                raise Killed
            return real(self, *arguments)

        real = Trainer._judge
        patch.setattr(Trainer, "_judge", killing)
        with pytest.raises(Killed):
            train(plan, tmp_path / "run")
    train(plan, tmp_path / "run")
    assert_same(tmp_path / "run", whole)


@pytest.mark.parametrize(
    ("where", "name", "call"),
    [
        (checkpoints, "_save", 1),
        (checkpoints, "_save", 2),
        (checkpoints, "_save", 3),
        (checkpoints, "write_file", 2),
        (session, "save_pretrained", 2),
        (run_files, "replace_folder", 1),
        (run_files, "replace_folder", 4),
        (session, "held_out_figures", 1),
        (session, "held_out_figures", 3),
        (shutil, "copytree", 1),
    ],
)
def test_killed_while_it_saves_or_measures(plan, whole, tmp_path, monkeypatch, where, name, call):
    with monkeypatch.context() as patch:
        real, made = getattr(where, name), []

        def killing(*arguments, **options):
            made.append(None)
            if len(made) == call:
                raise Killed
            return real(*arguments, **options)

        patch.setattr(where, name, killing)
        with pytest.raises(Killed):
            train(plan, tmp_path / "run")
    train(plan, tmp_path / "run")
    assert_same(tmp_path / "run", whole)


def test_killed_between_the_policys_two_renames(plan, whole, tmp_path, monkeypatch):
    train(plan, tmp_path / "run")
    policy = tmp_path / "run" / "policy"
    policy.rename(policy.with_name(".policy.old"))
    (tmp_path / "run" / ".policy.new").mkdir()
    (tmp_path / "run" / "checkpoints" / ".000000009.1").mkdir()
    train(plan, tmp_path / "run")
    assert lines(tmp_path / "run") == lines(whole)
    assert not list((tmp_path / "run").glob(".policy*"))
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["000000007"]


def test_a_signal_saves_the_step_that_was_under_way(plan, whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        real = Trainer._judge
        made = []

        def signalling(self, *arguments):
            made.append(None)
            if len(made) == 2:
                signal.raise_signal(signal.SIGINT)
            return real(self, *arguments)

        patch.setattr(Trainer, "_judge", signalling)
        # A shell that starts the tests in its background has them ignore Ctrl-C.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                train(plan, tmp_path / "run")
        finally:
            signal.signal(signal.SIGINT, before)
    position = checkpoints.read_position(checkpoints.newest_checkpoint(tmp_path / "run"))
    assert position.total == 1, "two micro-batches are the first step"
    train(plan, tmp_path / "run")
    assert_same(tmp_path / "run", whole)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_goes_on_by_the_same_command(start, tmp_path, number):
    def command(out: str) -> list[str]:
        data = [option for name in ("walks", "bowls") for option in ("--data", str(start / name))]
        options = ["--init", str(start / "policy"), "--steps", "20", "--batch-size", "4", "--save-every", "4"]
        more = ["--set", "log_every=3", "--threads", "1", "--device", "cpu", "--out", str(tmp_path / out)]
        return [sys.executable, "-m", "leo_agent", "train", *data, *options, *more]

    subprocess.run(command("whole"), check=True, capture_output=True)
    process = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = tmp_path / "killed" / "log.jsonl"
    while process.poll() is None and not (log.is_file() and log.read_bytes()):
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait() == (-number if number == signal.SIGKILL else 128 + number)
    subprocess.run(command("killed"), check=True, capture_output=True)
    assert_same(tmp_path / "killed", tmp_path / "whole")


def test_a_run_that_is_done_is_told_again(plan, whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    assert f"policy: {tmp_path / 'run' / 'policy'}" in train(plan, tmp_path / "run")
    assert_same(tmp_path / "run", whole)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "its recipe.seed is 0, this one's 1"),
        ({"steps": 9}, "its recipe.stages[0].steps is 4, this one's 9"),
        ({"batch_size": 3}, "its recipe.stages[0].batch_size is 4, this one's 3"),
    ],
)
def test_a_folder_of_another_run_is_refused(start, tmp_path, changes, message):
    train(recipe(start, steps=4), tmp_path / "run")
    with pytest.raises(InputError) as complaint:
        train(recipe(start, **changes), tmp_path / "run")
    expected = f"out: found {tmp_path / 'run'}, which holds another run: {message}; choose another folder"
    assert str(complaint.value) == expected


def test_a_dataset_that_changed_since_is_refused(start, tmp_path):
    data = shutil.copytree(start / "walks", tmp_path / "walks")
    plan = recipe(start, data=(str(data),), steps=1, batch_size=2)
    train(plan, tmp_path / "run")
    tables = next((data / "data").rglob("*.parquet"))
    tables.write_bytes(tables.read_bytes()[:-1] + b"\0")
    with pytest.raises(InputError):
        train(plan, tmp_path / "run")
    shutil.rmtree(data)
    from tests.leo_agent.train.samples.sources import recorded

    recorded(data, episodes=4)
    with pytest.raises(InputError, match=r"^data: found navigation of .*walks, which has changed since the run in "):
        train(plan, tmp_path / "run")


def test_two_processes_do_not_train_in_one_folder(start, tmp_path):
    out = run_files.check_folder(str(tmp_path / "run"))
    with run_files.locked(out), pytest.raises(InputError, match="in which another process is training"):
        train(recipe(start), out)


def test_a_damaged_checkpoint_is_named(start, tmp_path):
    train(recipe(start, steps=2), tmp_path / "run")
    checkpoint = checkpoints.newest_checkpoint(tmp_path / "run")
    for name, content in (("state.json", b"{"), ("state.json", b'{"steps": 1}'), ("trained.safetensors", b"\0" * 9)):
        whole_file = (checkpoint / name).read_bytes()
        (checkpoint / name).write_bytes(content)
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            train(recipe(start, steps=2), tmp_path / "run")
        (checkpoint / name).write_bytes(whole_file)


def test_a_full_disk_ends_the_run_and_the_checkpoint_before_stands(start, tmp_path, monkeypatch):
    plan = recipe(start, steps=3)
    with monkeypatch.context() as patch:
        real, made = checkpoints._save, []

        def full(path, tensors):
            made.append(None)
            real(path, tensors)
            if len(made) == 4:
                raise OSError(28, "No space left on device")

        patch.setattr(checkpoints, "_save", full)
        with pytest.raises(
            OutputError, match=r"000000002: cannot be written \(No space left on device\); the checkpoint"
        ):
            train(plan, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["000000001"]
    assert json.loads((tmp_path / "run" / "checkpoints" / "000000001" / "state.json").read_text())["step"] == 1
    train(plan, tmp_path / "run")
    train(plan, tmp_path / "whole")
    assert_same(tmp_path / "run", tmp_path / "whole")


def test_what_is_frozen_stays_in_every_bit_and_all_else_moves(start, tmp_path):
    from leo_agent.policies.leo.weights.checkpoint import from_pretrained
    from leo_agent.train.building import _part

    frozen = ("adapters", "point_encoder", "image_encoder")
    train(recipe(start, frozen=frozen, steps=2, learning_rate=1e-2), tmp_path / "run")
    before, after = (from_pretrained(folder)[0] for folder in (start / "policy", tmp_path / "run" / "policy"))
    later = dict(after.state_dict())
    for name, value in before.state_dict().items():
        same = torch.equal(value.half().float(), later[name].float())
        assert same or _part(name) not in frozen, name
    moved = {
        _part(name) for name, value in before.named_parameters() if not torch.equal(value.half().float(), later[name])
    }
    assert {"language_model", "spatial_transformer", "object_projection", "image_projection"} <= moved
