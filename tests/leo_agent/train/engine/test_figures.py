"""The log and validation of a run: what each line has, what is best, what the episodes played say."""

import json
import os
import subprocess
import sys

import pytest
import torch

from leo_agent.contract.errors import InputError, NotInstalledError
from leo_agent.train.engine.validation import is_better
from leo_agent.train.session import train
from tests.leo_agent.train.runs import lines, recipe

TABLE = {"env": "leo/PutBlocksInBowls-v0", "episodes": 1, "options": {"split": "seen", "width": 32, "height": 24}}


def test_a_line_has_figures_of_each_task_and_of_the_pace(start, tmp_path):
    train(recipe(start, steps=2, batch_size=6), tmp_path / "run")
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    steps = [row for row in rows if "pace" in row]
    assert [row["step"] for row in steps] == [1, 2]
    for row in steps:
        assert row["loss/navigation"] > 0
        assert row["samples/navigation"] + row["samples/tabletop"] == 6
        assert row["answer_tokens/tabletop"] == 6 * row["samples/tabletop"]
        assert 0 <= row["accuracy/tabletop"] <= 1
        weighted = sum(row[f"loss/{task}"] * row[f"samples/{task}"] for task in ("navigation", "tabletop")) / 6
        assert row["loss"] == pytest.approx(weighted, rel=1e-5)
        assert row["gradient_norm"] > 0
        assert set(row["pace"]) == {"samples_per_s", "tokens_per_s", "data_wait_share", "memory_mb"}
        assert row["pace"]["memory_mb"] > 100


def test_the_best_policy_is_kept_beside_the_last(start, tmp_path):
    run = tmp_path / "run"
    train(recipe(start, steps=4, validation_share=0.34, learning_rate=0.1, best="validation_loss/tabletop"), run)
    measured = {row["step"]: row["validation_loss/tabletop"] for row in lines(run) if "validation_loss" in row}
    assert len(measured) == 4
    best = json.loads((run / "best.json").read_text())
    assert best["step"] == min(measured, key=measured.get)
    assert best["value"] == min(measured.values())
    assert (run / "best_policy" / "config.json").is_file()
    last = (run / "policy" / "model.safetensors").read_bytes()
    assert ((run / "best_policy" / "model.safetensors").read_bytes() == last) == (best["step"] == 4)


def test_a_figure_that_is_not_measured_is_named(start, tmp_path):
    with pytest.raises(InputError, match=r"^best: found 'happiness', expected one of validation_accuracy/navigation, "):
        train(recipe(start, steps=1, validation_share=0.34, best="happiness"), tmp_path / "run")


def test_losses_and_distances_are_better_when_smaller():
    assert is_better("validation_loss", 1.0, None)
    assert is_better("validation_loss/x", 1.0, 2.0)
    assert not is_better("validation_pick_distance_m/tabletop", 0.3, 0.2)
    assert is_better("rollout_success/leo/ObjectNav-v0", 0.3, 0.2)


def test_episodes_are_played_with_the_policy_as_it_is(start, tmp_path):
    plan = recipe(start, data=(str(start / "bowls"),), steps=1, batch_size=2, validate_rollouts=[TABLE])
    train(plan, tmp_path / "run")
    row = lines(tmp_path / "run")[-1]
    assert 0 <= row["rollout_score/leo/PutBlocksInBowls-v0"] <= 1
    assert (tmp_path / "run" / "rollouts" / "000000001-0" / "episodes.jsonl").is_file()


def test_tensorboard_has_the_same_figures(start, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = tmp_path / "run"
    train(recipe(start, steps=2, trackers=["tensorboard"]), run)
    events = EventAccumulator(str(run / "tensorboard" / "run"))
    events.Reload()
    losses = [row["loss/tabletop"] for row in lines(run) if "loss/tabletop" in row]
    assert [each.value for each in events.Scalars("loss/tabletop")] == pytest.approx(losses)


def test_a_tracker_that_is_not_installed_is_named_with_the_command(start, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(NotInstalledError, match="trackers: found wandb") as complaint:
        train(recipe(start, steps=1, trackers=["wandb"]), tmp_path / "run")
    assert "pip install 'leo-agent[wandb]'" in str(complaint.value)


_TWO = """
import sys
from leo_agent.train.recipes.recipe import Recipe
import json
from leo_agent.train.session import train
told = train(Recipe.from_dict(json.loads(sys.argv[1])), sys.argv[2])
assert bool(told) == (__import__("os").environ.get("RANK", "0") == "0")
"""


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one(start, tmp_path):
    """Seven samples in uneven parts; encoders with batch statistics stay."""
    plan = json.dumps(recipe(start, batch_size=7, accumulation=2, frozen=("adapters", "point_encoder")).to_dict())
    command = [sys.executable, "-c", _TWO, plan]
    subprocess.run([*command, str(tmp_path / "one")], check=True, capture_output=True)
    environment = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29517"}
    both = [
        subprocess.Popen(
            [*command, str(tmp_path / "two")],
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]
    for process in both:
        _, errors = process.communicate(timeout=200)
        assert process.returncode == 0, errors.decode()[-2000:]
    for one, two in zip(lines(tmp_path / "one"), lines(tmp_path / "two"), strict=True):
        assert one.keys() == two.keys()
        assert all(
            two[name] == pytest.approx(value, rel=1e-5, abs=1e-7) for name, value in one.items() if name != "stage"
        )


def test_precision_auto_is_float32_on_a_cpu(start):
    from leo_agent.train.engine.trainer import precision_of

    assert precision_of(recipe(start), torch.device("cpu")) == "float32"
    assert precision_of(recipe(start), torch.device("cuda")) == "bfloat16"
    assert precision_of(recipe(start, precision="bfloat16"), torch.device("cpu")) == "bfloat16"
