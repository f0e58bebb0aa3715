"""Training: schedule, labels, mixtures of datasets, and a run that learns from real demonstrations."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from peft.tuners.tuners_utils import BaseTunerLayer

from leo_agent.cli import main
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.leo.config.legacy import Legacy
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, new_model, save_pretrained
from leo_agent.policies.loading import make_policy
from leo_agent.train.building import choose_parts, idle_adapters_skipped
from leo_agent.train.engine.schedule import FINAL_FACTOR, learning_rate_factor
from leo_agent.train.recipes.flat import flat_recipe
from tests.policies.leo import tiny


def test_learning_rate_rises_linearly_then_falls_to_a_thousandth():
    factors = [learning_rate_factor(step, 10, 100) for step in range(100)]
    assert factors[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert np.all(np.diff(factors[10:]) < 0)
    assert learning_rate_factor(100, 10, 100) == pytest.approx(FINAL_FACTOR)


def test_adapters_are_skipped_only_while_they_add_nothing():
    model, _ = new_model("leo-nano", seed=0)
    assert _adapters_compute(model)
    for stage, computed in (("full", False), ("lora", True)):
        choose_parts(model, flat_recipe(stage).stages[0])
        with idle_adapters_skipped(model):
            assert _adapters_compute(model) == computed
        assert _adapters_compute(model)
    trained = next(each for name, each in model.named_parameters() if "lora_B" in name)
    torch.nn.init.ones_(trained)
    choose_parts(model, flat_recipe("full").stages[0])
    with idle_adapters_skipped(model):
        assert _adapters_compute(model)


def _adapters_compute(model) -> bool:
    """Whether all LoRA layers compute their adapters; they must agree."""
    (computed,) = {not layer.disable_adapters for layer in model.modules() if isinstance(layer, BaseTunerLayer)}
    return computed


@pytest.mark.slow
def test_a_run_learns_saves_and_continues(demonstrations, tmp_path, capsys):
    out = tmp_path / "run"
    data = [option for folder in demonstrations for option in ("--data", str(folder))]
    common = [*data, "--batch-size", "16", "--threads", "1", "--validation-share", "0"]
    assert main(["train", *common, "--steps", "60", "--warmup-steps", "10", "--out", str(out)]) == 0
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses[-1] < losses[0]
    policy = make_policy(str(out / "policy"), PolicyContext(NavigationEmbodiment(), "cpu"))
    assert policy.name == "leo-nano"
    before, _ = from_pretrained(out / "policy")
    assert _adapters_compute(before)
    lora = tmp_path / "lora"
    options = ["--init", str(out / "policy"), "--stage", "lora", "--steps", "3", "--rotate", "--accumulation", "4"]
    assert main(["train", *common, *options, "--out", str(lora)]) == 0
    after, _ = from_pretrained(lora / "policy")
    moved = {
        name: not torch.equal(value, dict(after.named_parameters())[name]) for name, value in before.named_parameters()
    }
    language = {name: changed for name, changed in moved.items() if name.startswith("llm_model.")}
    assert all(changed == ("lora_" in name) for name, changed in language.items())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", "0"], "--steps: found 0"),
        (["--validation-share", "0.9"], "--validation-share: found 0.9"),
        (["--weights", "1", "2"], "--weights: found 2"),
        (["--preset", "leo-giant"], "leo-giant"),
        (["--device", "warp"], "warp"),
        (["--accumulation", "65"], "--accumulation: found 65, expected at most the 64 samples of a batch"),
        (["--accumulation", "0"], "--accumulation: found 0"),
        (["--history-dropout", "1.5"], "--history-dropout: found 1.5"),
        (["--weights", "nan"], "--weights: found nan"),
        (["--seed", "-1"], "--seed: found -1"),
        (["--threads", "-1"], "--threads: found -1"),
        (["--threads", "99999999999"], "--threads: found 99999999999, expected 0 to 4096"),
        (["--seed", "99999999999999999999999"], "--seed: found 99999999999999999999999, expected 0 to"),
        (["--out", "setup.py"], "--out: found setup.py, which cannot be written"),
        (["--out", "tests"], "--out: found tests, which holds"),
    ],
)
def test_wrong_options_are_one_line_and_exit_code_2(demonstrations, tmp_path, capsys, options, words):
    code = main(["train", "--data", str(demonstrations[1]), "--out", str(tmp_path / "run"), *options])
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2
    assert words in complaint
    assert "Traceback" not in complaint


def test_a_published_language_model_is_trained_through_its_adapters(demonstrations, tmp_path, capsys):
    frozen = dataclasses.replace(tiny.config().language_model, trainable=False)
    save_pretrained(tiny.model(language_model=frozen), tiny.tokenizer(), tmp_path / "released")
    command = ["train", "--data", str(demonstrations[1]), "--init", str(tmp_path / "released"), "--device", "cpu"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert (
        "stages.full.frozen: expected language_model among them: this model builds on a released one"
        in capsys.readouterr().err
    )


def test_a_policy_names_the_published_behaviours_it_was_trained_with(demonstrations, tmp_path):
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "start")
    command = ["train", "--data", str(demonstrations[1]), "--init", str(tmp_path / "start"), "--device", "cpu"]
    options = ["--steps", "1", "--batch-size", "2", "--precision", "float32", "--legacy", "positions", "bos"]
    assert main([*command, *options, "--out", str(tmp_path / "run")]) == 0
    assert from_pretrained(tmp_path / "run" / "policy")[0].config.legacy == Legacy(positions=True, bos=True)
    again = ["--steps", "1", "--batch-size", "2", "--init", str(tmp_path / "run" / "policy"), "--device", "cpu"]
    assert main(["train", "--data", str(demonstrations[1]), *again, "--out", str(tmp_path / "more")]) == 0
    assert from_pretrained(tmp_path / "more" / "policy")[0].config.legacy == Legacy(positions=True, bos=True)
