"""Training: schedule, labels, mixtures of datasets, and a run that learns from real demonstrations."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from peft.tuners.tuners_utils import BaseTunerLayer

from leo_agent.cli import main
from leo_agent.contract.errors import InputError as EpisodesInputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import PolicyContext
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.policies.leo.config.legacy import Legacy
from leo_agent.policies.leo.embodiments.tabletop import encode_pose
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, new_model, save_pretrained
from leo_agent.policies.loading import make_policy
from leo_agent.train.demonstrations import Demonstrations
from leo_agent.train.mixture import Mixture
from leo_agent.train.schedule import FINAL_FACTOR, learning_rate_factor
from leo_agent.train.session import _idle_adapters_skipped
from tests.leo_agent.conftest import HOUSES
from tests.policies.leo import tiny


def test_learning_rate_rises_linearly_then_falls_to_a_thousandth():
    factors = [learning_rate_factor(step, 10, 100) for step in range(100)]
    assert factors[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert np.all(np.diff(factors[10:]) < 0)
    assert learning_rate_factor(100, 10, 100) == pytest.approx(FINAL_FACTOR)


def test_labels_are_the_experts_actions_and_history_what_was_executed(demonstrations, nano):
    model, tokenizer = nano
    dataset = Demonstrations(demonstrations[1], model.config, tokenizer, mirror=True, validation_share=0.0)
    assert dataset.embodiment == TabletopEmbodiment()
    row = next(row for row in range(1, len(dataset._labels)) if dataset._episode_start[row] < row)
    dataset._actions[row - 1] = executed = encode_pose(np.eye(7)[6]) * 2
    assert executed != dataset._labels[row - 1]
    past = [tokenizer.action_index(each) for each in dataset.sample(row).prompt_ids]
    assert [each for each in past if each is not None][-6:] == list(executed)
    for each in (row - 1, row):
        answered = [tokenizer.action_index(token) for token in dataset.sample(each).answer_ids]
        assert answered == list(dataset._labels[each])


def test_adapters_are_skipped_only_while_they_add_nothing():
    model, _ = new_model("leo-nano", seed=0)
    assert _adapters_compute(model)
    for stage, computed in (("full", False), ("lora", True)):
        with _idle_adapters_skipped(model, stage):
            assert _adapters_compute(model) == computed
        assert _adapters_compute(model)
    trained = next(each for name, each in model.named_parameters() if "lora_B" in name)
    torch.nn.init.ones_(trained)
    with _idle_adapters_skipped(model, "full"):
        assert _adapters_compute(model)


def _adapters_compute(model) -> bool:
    """Whether all LoRA layers compute their adapters; they must agree."""
    (computed,) = {not layer.disable_adapters for layer in model.modules() if isinstance(layer, BaseTunerLayer)}
    return computed


def test_validation_holds_out_whole_episodes(demonstrations, nano):
    model, tokenizer = nano
    dataset = Demonstrations(demonstrations[1], model.config, tokenizer, mirror=False, validation_share=0.25)
    starts = dataset._episode_start
    assert len(dataset.validation_rows)
    assert not set(starts[dataset.train_rows]) & set(starts[dataset.validation_rows])
    assert sorted([*dataset.train_rows, *dataset.validation_rows]) == list(range(len(starts)))


def test_a_mixture_keeps_shares_and_shows_every_sample_once_a_pass(demonstrations, nano):
    model, tokenizer = nano
    datasets = [
        Demonstrations(folder, model.config, tokenizer, mirror=True, validation_share=0.0) for folder in demonstrations
    ]
    mixture = Mixture(datasets, (3, 1), 16, model.config, tokenizer)
    assert mixture.batch_sizes == [12, 4]
    (batch,) = next(mixture.batches(1, np.random.default_rng(0)))
    assert int(batch.y_up.sum()) == 12
    (again,) = next(mixture.batches(1, np.random.default_rng(0)))
    assert torch.equal(batch.tokens, again.tokens)
    assert torch.equal(batch.clouds, again.clouds)


def test_a_dropped_history_shows_every_step_as_the_first(demonstrations, nano):
    model, tokenizer = nano
    for folder in demonstrations:
        dataset = Demonstrations(folder, model.config, tokenizer, mirror=False, validation_share=0.0)
        first, later = dataset.sample(0), dataset.sample(1)
        dropped = dataset.training_sample(1, np.random.default_rng(0), history_dropout=1.0)
        assert later.prompt_ids != first.prompt_ids
        assert dropped.prompt_ids == first.prompt_ids
        assert dropped.answer_ids == later.answer_ids


def test_a_mixture_drops_the_history_of_that_share(demonstrations, nano):
    model, tokenizer = nano
    dataset = Demonstrations(demonstrations[0], model.config, tokenizer, mirror=False, validation_share=0.0)
    past_moves = {}
    for share in (0.0, 1.0):
        mixture = Mixture([dataset], (1.0,), 32, model.config, tokenizer, history_dropout=share)
        (batch,) = next(mixture.batches(1, np.random.default_rng(0)))
        moves = torch.isin(batch.tokens, torch.tensor([tokenizer.action_id(index) for index in (1, 2, 3)]))
        past_moves[share] = int(moves.sum())
    assert past_moves[0.0] > 32
    assert past_moves[1.0] == 0


def test_the_curriculum_keeps_the_objects_that_the_label_is_about(demonstrations, nano):
    model, tokenizer = nano
    dataset = Demonstrations(demonstrations[1], model.config, tokenizer, mirror=False, validation_share=0.0)
    rng = np.random.default_rng(0)
    for row in range(10):
        whole, few = dataset.sample(row), dataset.training_sample(row, rng, others_share=0.0)
        label = dataset._columns["expert_action"][row]
        assert len(few.object_rows) == 2
        for x, y in (label[0:2], label[7:9]):
            distances = np.hypot(*(whole.object_locations[whole.object_rows >= 0, :2] - (x, y)).T)
            nearest = whole.object_rows[whole.object_rows >= 0][distances.argmin()]
            assert nearest in few.object_rows


def test_the_curriculum_keeps_all_instances_of_the_goal(demonstrations, nano):
    model, tokenizer = nano
    dataset = Demonstrations(demonstrations[0], model.config, tokenizer, mirror=False, validation_share=0.0)
    with open(f"{HOUSES}/../../house_0001.instances.json", encoding="utf-8") as file:
        category_of = {instance["id"]: instance["category"] for instance in json.load(file)}
    ids, rows = dataset._columns["observation.object_ids"], dataset._columns["observation.objects"]
    for row in range(0, 60, 10):
        goal = dataset._dataset.tasks[dataset._columns["task_index"][row]].removeprefix("find a ").replace(" ", "_")
        few = dataset.training_sample(row, np.random.default_rng(row), others_share=0.1)
        kept = [category_of[int(ids[row][rows[row] == each][0])] for each in few.object_rows]
        assert kept.count(goal) == list(category_of.values()).count(goal) > 0
        assert len(kept) == kept.count(goal) + round(0.1 * (len(category_of) - kept.count(goal)))


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
        (["--accumulation", "3"], "--accumulation: found 3, expected a divisor of 64 samples"),
        (["--accumulation", "0"], "--accumulation: found 0"),
        (["--history-dropout", "1.5"], "--history-dropout: found 1.5"),
        (["--weights", "nan"], "--weights: found nan"),
        (["--seed", "-1"], "--seed: found -1"),
        (["--threads", "-1"], "--threads: found -1"),
        (["--threads", "99999999999"], "--threads: found 99999999999, expected a whole number, 0 to 4096"),
        (["--seed", "99999999999999999999999"], "--seed: found 99999999999999999999999, expected a whole number, 0 to"),
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


def test_a_folder_that_is_no_dataset_is_named(tmp_path, nano):
    model, tokenizer = nano
    with pytest.raises(EpisodesInputError, match="no such folder"):
        Demonstrations(tmp_path / "nothing", model.config, tokenizer, mirror=True, validation_share=0.0)


def test_a_published_language_model_is_trained_through_its_adapters(demonstrations, tmp_path, capsys):
    frozen = dataclasses.replace(tiny.config().language_model, trainable=False)
    save_pretrained(tiny.model(language_model=frozen), tiny.tokenizer(), tmp_path / "released")
    command = ["train", "--data", str(demonstrations[1]), "--init", str(tmp_path / "released"), "--device", "cpu"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert (
        "--stage: found full, expected lora: this model builds on a released language model" in capsys.readouterr().err
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
