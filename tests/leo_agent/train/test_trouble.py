"""What a training run does when something is wrong: it stops, says where, and leaves what was good."""

import errno
import json
import os
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from leo_agent.cli import main
from leo_agent.contract.errors import InputError, OutputError
from leo_agent.policies.leo.weights.checkpoint import from_pretrained
from leo_agent.train import building, session
from leo_agent.train.engine.checkpoints import TRAINED, newest_checkpoint
from leo_agent.train.engine.trainer import Trainer
from leo_agent.train.session import train
from tests.leo_agent.train.runs import recipe


def spoil(monkeypatch, call: int, spoiled) -> None:
    """Has the losses of one part of a step go through a function."""
    real, calls = Trainer._judge, []

    def judge(self, batch):
        calls.append(None)
        losses, answered = real(self, batch)
        return (spoiled(self, losses) if len(calls) == call else losses), answered

    monkeypatch.setattr(Trainer, "_judge", judge)


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_policy_stands(start, tmp_path, monkeypatch):
    def nan_in_the_last(_, losses):
        return torch.cat([losses[:-1], losses[-1:] * float("nan")])

    spoil(monkeypatch, 3, nan_in_the_last)
    with pytest.raises(InputError) as stop:
        train(recipe(start), tmp_path / "run")
    assert str(stop.value) == (
        "step 3: the loss is nan (samples of bowls); the policy of step 2 stands; try a lower learning rate"
    )
    from_pretrained(tmp_path / "run" / "policy")
    for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_a_gradient_that_is_no_number_ends_the_run(start, tmp_path, monkeypatch):
    def flat(trainer, losses):
        return losses + torch.sqrt(trainer._learning[0].sum() * 0)  # 0, of infinite slope

    spoil(monkeypatch, 1, flat)
    with pytest.raises(InputError, match=r"^step 1: the gradient's norm is nan \(samples of walks, bowls\); no policy"):
        train(recipe(start), tmp_path / "run")
    assert not (tmp_path / "run" / "policy").exists()


def test_a_full_disk_is_no_diverged_run_and_the_last_policy_stands(start, tmp_path, monkeypatch):
    real, calls = session.save_pretrained, []

    def full_at_the_second(*arguments, **options):
        calls.append(None)
        real(*arguments, **options)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(session, "save_pretrained", full_at_the_second)
    with pytest.raises(OutputError, match=r"policy: cannot be written \(No space left on device\)$"):
        train(recipe(start), tmp_path / "run")
    from_pretrained(tmp_path / "run" / "policy")
    assert not (tmp_path / "run" / ".policy.new").exists()


def test_a_run_that_diverges_is_no_success(start, tmp_path, capsys):
    command = ["train", "--data", str(start / "bowls"), "--init", str(start / "policy"), "--out", str(tmp_path / "run")]
    options = ["--learning-rate", "1e30", "--warmup-steps", "0", "--steps", "4", "--batch-size", "2", "--device", "cpu"]
    assert main([*command, *options, "--threads", "1", "--validation-share", "0"]) == 2
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("leo-agent train: error: step ")
    assert "bowls" in complaint
    assert not list((tmp_path / "run").glob("policy*"))


def test_nothing_held_out_is_said(start, tmp_path):
    told = train(recipe(start, steps=1, weights=(0.7, 0.3)), tmp_path / "run")
    assert "validation of bowls: nothing is held out of 3 episodes" in told


def test_training_goes_on_from_the_weights_before_they_were_rounded(start, tmp_path, caplog):
    run = tmp_path / "run"
    train(recipe(start, steps=2), run)
    path = newest_checkpoint(run) / TRAINED
    kept = load_file(path)
    rounded = from_pretrained(run / "policy")[0].state_dict()
    assert any(not torch.equal(rounded[name], each) for name, each in kept.items())
    for init in (run, run / "policy"):
        model, _ = building.build_model(recipe(start, init=str(init)))
        assert all(torch.equal(model.state_dict()[name], each) for name, each in kept.items())
    moved = shutil.copytree(run / "policy", tmp_path / "elsewhere" / "policy")
    model, _ = building.build_model(recipe(start, init=str(moved)))
    assert all(torch.equal(model.state_dict()[name], each) for name, each in rounded.items())
    save_file({name: each + 1 for name, each in kept.items()}, path)
    model, _ = building.build_model(recipe(start, init=str(run)))
    assert all(torch.equal(model.state_dict()[name], each) for name, each in rounded.items())
    assert "not of the policy beside it" in caplog.text


def test_a_folder_that_holds_something_is_told_before_torch_is_imported(tmp_path):
    (tmp_path / "held").touch()
    script = (
        "import sys; from leo_agent.cli import main; "
        "code = main(['train', '--data', 'nowhere', '--out', sys.argv[1]]); "
        "sys.exit(code if 'torch' not in sys.modules else 'torch was imported')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert f"--out: found {tmp_path}, which holds held already" in done.stderr
