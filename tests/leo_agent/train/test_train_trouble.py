"""What a training run does when something is wrong: it stops, says where, and leaves what was good."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from leo_agent.cli import main
from leo_agent.contract.errors import InputError, OutputError
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, save_pretrained
from leo_agent.train import session
from leo_agent.train.config import TrainConfig
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.loop import Trainer
from leo_agent.train.run_files import STATE_FILE
from leo_agent.train.shares import batch_sizes
from tests.episodes.demonstrations import record
from tests.episodes.rewriting import EPISODES, rewrite, without
from tests.policies.leo import tiny


@pytest.fixture(scope="module")
def start(tmp_path_factory) -> Path:
    """A folder with a tiny policy and a dataset of each world, called walks and bowls."""
    folder = tmp_path_factory.mktemp("start")
    for name, tabletop in (("walks", False), ("bowls", True)):
        for order in range(3):
            record(folder / name, order, tabletop=tabletop)
        DatasetWriter(folder / name).close()
    save_pretrained(tiny.model(), tiny.tokenizer(), folder / "policy")
    return folder


def config(start: Path, out: Path, **changes) -> TrainConfig:
    values = {
        "data": (str(start / "walks"), str(start / "bowls")),
        "out": str(out),
        "init": str(start / "policy"),
        "steps": 4,
        "batch_size": 4,
        "save_every": 1,
        "warmup_steps": 0,
        "learning_rate": 1e-4,
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
    }
    return TrainConfig(**{**values, **changes})


def spoil(monkeypatch, step: int, spoiled) -> None:
    """Has the losses of one step go through a function."""
    real, calls = Trainer._loss, []

    def loss(self, batch):
        calls.append(None)
        losses = real(self, batch)
        return spoiled(self, losses) if len(calls) == step else losses

    monkeypatch.setattr(Trainer, "_loss", loss)


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_policy_stands(start, tmp_path, monkeypatch):
    def nan_in_the_last(_, losses):
        return torch.cat([losses[:-1], losses[-1:] * float("nan")])

    spoil(monkeypatch, 3, nan_in_the_last)
    with pytest.raises(InputError) as stop:
        session.train(config(start, tmp_path / "run"))
    assert str(stop.value) == (
        "step 3: the loss is nan (samples of bowls); the policy of step 2 stands; try a lower learning rate"
    )
    from_pretrained(tmp_path / "run" / "policy")
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "config.json",
        "log.jsonl",
        "policy",
        STATE_FILE,
    ]
    for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_a_gradient_that_is_no_number_ends_the_run(start, tmp_path, monkeypatch):
    def flat(trainer, losses):
        return losses + torch.sqrt(trainer._trainable[0].sum() * 0)  # 0, of infinite slope

    spoil(monkeypatch, 1, flat)
    with pytest.raises(InputError, match=r"^step 1: the gradient's norm is nan \(samples of walks, bowls\); no policy"):
        session.train(config(start, tmp_path / "run"))
    assert not (tmp_path / "run" / "policy").exists()


@pytest.mark.parametrize("writer", ["save_pretrained", "save_state"])
def test_a_full_disk_is_no_diverged_run_and_the_last_policy_stands(start, tmp_path, monkeypatch, writer):
    real, calls = getattr(session, writer), []

    def full_at_the_second(*arguments, **options):
        calls.append(None)
        real(*arguments, **options)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(session, writer, full_at_the_second)
    with pytest.raises(OutputError, match=r"policy\.new: cannot be written \(No space left on device\)$"):
        session.train(config(start, tmp_path / "run"))
    from_pretrained(tmp_path / "run" / "policy")
    assert not (tmp_path / "run" / "policy.new").exists()


def test_a_run_that_diverges_is_no_success(start, tmp_path, capsys):
    command = ["train", "--data", str(start / "bowls"), "--init", str(start / "policy"), "--out", str(tmp_path / "run")]
    options = ["--learning-rate", "1e30", "--warmup-steps", "0", "--steps", "4", "--batch-size", "2", "--device", "cpu"]
    assert main([*command, *options, "--precision", "float32", "--threads", "1", "--validation-share", "0"]) == 2
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("leo-agent train: error: step ")
    assert "bowls" in complaint
    assert not list((tmp_path / "run").glob("policy*"))


def test_weights_too_large_for_the_policys_precision_are_not_saved(start, tmp_path, monkeypatch):
    saved = []
    real = session._save

    def save(model, tokenizer, out):
        if saved:
            with torch.no_grad():
                model.img_proj.bias[0] = 1e6
        saved.append(None)
        real(model, tokenizer, out)

    monkeypatch.setattr(session, "_save", save)
    with pytest.raises(InputError, match=r"^step 2: .*img_proj\.bias: 1 of 48 values are not .* step 1 stands"):
        session.train(config(start, tmp_path / "run"))
    assert from_pretrained(tmp_path / "run" / "policy")
    assert not (tmp_path / "run" / "policy.new").exists()


def test_nothing_held_out_is_said_and_the_sizes_are_recorded(start, tmp_path):
    told = session.train(config(start, tmp_path / "run", steps=1, weights=(0.7, 0.3)))
    assert "validation_loss/bowls: nothing is held out of 3 episodes" in told
    kept = json.loads((tmp_path / "run" / "config.json").read_text())
    assert kept["batch_sizes"] == {str(start / "walks"): 3, str(start / "bowls"): 1}


def test_training_goes_on_from_the_weights_before_they_were_rounded(start, tmp_path, caplog):
    session.train(config(start, tmp_path / "run", steps=2))
    kept = load_file(tmp_path / "run" / STATE_FILE)
    rounded, _ = from_pretrained(tmp_path / "run" / "policy")
    assert any(not torch.equal(each, kept[name]) for name, each in rounded.named_parameters() if name in kept)
    for init in (tmp_path / "run", tmp_path / "run" / "policy"):
        model, _ = session._build(config(start, tmp_path / "more", init=str(init)))
        assert all(torch.equal(each, kept[name]) for name, each in model.named_parameters() if name in kept)
    moved = shutil.copytree(tmp_path / "run" / "policy", tmp_path / "elsewhere" / "policy")
    model, _ = session._build(config(start, tmp_path / "more", init=str(moved)))
    assert all(torch.equal(each, dict(rounded.named_parameters())[name]) for name, each in model.named_parameters())
    save_file({name: each + 1 for name, each in kept.items()}, tmp_path / "run" / STATE_FILE)
    model, _ = session._build(config(start, tmp_path / "more", init=str(tmp_path / "run")))
    assert all(torch.equal(each, dict(rounded.named_parameters())[name]) for name, each in model.named_parameters())
    assert "not of the policy beside it" in caplog.text


@pytest.mark.parametrize(
    ("batch_size", "weights", "sizes"),
    [
        (8, (1, 1), [4, 4]),
        (64, (1, 1, 1), [22, 21, 21]),
        (3, (1, 1), [2, 1]),
        (10, (0.1, 0.2, 0.7), [1, 2, 7]),
        (34, (0.97, 0.03), [33, 1]),
        (7, (2.0, 1.0, 1.0), [3, 2, 2]),
        (5, (3,), [5]),
    ],
)
def test_shares_become_whole_samples_that_add_up(batch_size, weights, sizes):
    assert batch_sizes(batch_size, weights) == sizes


def test_no_share_is_off_by_a_sample_and_all_add_up():
    rng = np.random.default_rng(0)
    for _ in range(300):
        weights = rng.uniform(0.5, 2, int(rng.integers(1, 6))).tolist()
        size = int(rng.integers(20, 200))
        sizes = batch_sizes(size, weights)
        assert sum(sizes) == size
        quotas = [size * weight / sum(weights) for weight in weights]
        assert all(abs(got - quota) < 1 for got, quota in zip(sizes, quotas, strict=True))


@pytest.mark.parametrize(
    ("batch_size", "weights", "message"),
    [
        (8, (0.97, 0.03), "batch_size: found 8, of which a share of 0.03 is no sample; enough are 34"),
        (2, (1, 1, 1), "batch_size: found 2, of which a share of 0.333 is no sample; enough are 3"),
        (4, (5, 1, 94), "batch_size: found 4, of which a share of 0.01 is no sample; enough are 100"),
        (1, (1, 1), "batch_size: found 1, of which a share of 0.5 is no sample; enough are 2"),
    ],
)
def test_a_share_of_no_sample_is_refused_before_anything_is_read(batch_size, weights, message):
    with pytest.raises(InputError) as complaint:
        TrainConfig(data=("nowhere",) * len(weights), out="run", batch_size=batch_size, weights=weights)
    assert str(complaint.value) == message
    sizes = batch_sizes(int(message.rpartition(" ")[2]), weights)
    assert min(sizes) == 1


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


def test_a_dataset_without_clouds_is_told_so(start, tmp_path):
    folder = shutil.copytree(start / "walks", tmp_path / "cut")
    shutil.rmtree(folder / "clouds")
    with pytest.raises(InputError, match="cut: has no object clouds: clouds/ is missing"):
        Demonstrations(folder, tiny.config(), tiny.tokenizer(), mirror=False, validation_share=0.0)


def test_where_the_goals_are_lost_the_curriculum_keeps_all_objects(start, tmp_path, caplog):
    folder = shutil.copytree(start / "walks", tmp_path / "cut")
    rewrite(folder / EPISODES, without("leo/order", "leo/scene", "leo/measures", "leo/seed"))
    dataset = Demonstrations(folder, tiny.config(), tiny.tokenizer(), mirror=False, validation_share=0.0)
    few = dataset.training_sample(0, np.random.default_rng(0), others_share=0.0)
    assert len(few.object_rows) == 3
    assert "3 episodes do not say which objects are the goal" in caplog.text
