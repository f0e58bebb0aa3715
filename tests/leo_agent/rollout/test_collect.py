"""Collecting demonstrations of a toy environment into a dataset."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.run_folder import read_results
from leo_agent.rollout.collect import CollectOptions, collect
from leo_agent.rollout.environments import EnvConfig
from tests.leo_agent.toy import TOY_ID

MANY = EnvConfig(TOY_ID, {"num_episodes": 12})


def run(out, config=MANY, **options):
    return collect(config, out, CollectOptions(**options), progress=False)


def assert_equal(one: Dataset, other: Dataset):
    for name, values in one.frames().items():
        assert np.array_equal(values, other.frames()[name]), name
    assert one.tasks == other.tasks
    assert np.array_equal(one.clouds.xyz, other.clouds.xyz)
    key = one.image_keys[0]
    pairs = zip(one.iter_images(key), other.iter_images(key), strict=True)
    assert all(np.array_equal(images, others) for (_, images), (_, others) in pairs)


def test_the_expert_is_recorded_with_its_own_labels(tmp_path):
    report = run(tmp_path / "data")
    dataset = Dataset(tmp_path / "data")
    assert report.kept == dataset.num_episodes == 12
    frames = dataset.frames()
    assert np.array_equal(frames["action"], frames["expert_action"])
    assert frames["next.success"].sum() == frames["next.done"].sum() == 12
    # Both scenes' objects once each, whatever the number of episodes.
    assert len(dataset.clouds) == 6
    assert dataset.tasks == {0: "walk to the goal", 1: "find the end"}


def test_random_actions_are_executed_and_the_labels_stay_the_experts(tmp_path):
    run(tmp_path / "data", random_actions=0.5)
    frames = Dataset(tmp_path / "data").frames()
    chosen, labels = frames["action"].argmax(axis=1), frames["expert_action"].argmax(axis=1)
    differ = chosen != labels
    assert 0.2 < differ.mean() < 0.6
    assert (chosen[differ] != 0).all()


def test_the_number_of_workers_does_not_change_the_dataset(tmp_path):
    run(tmp_path / "one", random_actions=0.3)
    run(tmp_path / "two", random_actions=0.3, workers=2)
    assert_equal(Dataset(tmp_path / "one"), Dataset(tmp_path / "two"))


def test_failures_are_kept_only_where_they_teach(tmp_path):
    walker = "tests.leo_agent.toy:Walker"
    report = run(tmp_path / "all", policy=walker)
    successes = [line for line in report.results if line["outcome"] == "success"]
    assert report.kept == 12
    assert run(tmp_path / "some", policy=walker, keep_failures=False).kept == len(successes) < 12
    outcomes = {episode.row["leo/outcome"] for episode in Dataset(tmp_path / "some").episodes}
    assert outcomes == {"success"}


def test_invalid_and_failed_episodes_are_left_out(tmp_path):
    for trouble in ("invalid", "step"):
        report = run(tmp_path / trouble, EnvConfig(TOY_ID, {"trouble": trouble}))
        assert report.kept == Dataset(tmp_path / trouble).num_episodes == 4
        assert len(report.results) == 6


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_collection_is_readable_and_resumes_to_the_same_dataset(tmp_path, monkeypatch, workers):
    run(tmp_path / "whole", random_actions=0.3)
    calls = iter(range(25))

    def interrupted(self, observations, instructions, act=None):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return [observation["expert_action"] for observation in observations]

    from leo_agent.policies.expert import ExpertPolicy

    with monkeypatch.context() as patch:
        patch.setattr(ExpertPolicy, "act", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "cut", random_actions=0.3, workers=workers)
    cut = Dataset(tmp_path / "cut")
    assert 0 < cut.num_episodes < 12
    assert cut.images(cut.image_keys[0], cut.num_episodes - 1).shape[0] == cut.episodes[-1].length
    run(tmp_path / "cut", random_actions=0.3, workers=workers)
    whole, resumed = Dataset(tmp_path / "whole"), Dataset(tmp_path / "cut")
    assert resumed.num_episodes == 12
    orders = [episode.row["leo/order"] for episode in resumed.episodes]
    assert sorted(orders) == list(range(12))
    for episode in whole.episodes:
        twin = resumed.episodes[orders.index(episode.row["leo/order"])]
        labels = whole.frames()["expert_action"][episode.start : episode.stop]
        assert np.array_equal(labels, resumed.frames()["expert_action"][twin.start : twin.stop])


def test_a_killed_collection_keeps_its_finished_episodes(tmp_path):
    out = tmp_path / "data"
    arguments = ["collect", "--env", TOY_ID, "--policy", "tests.leo_agent.toy:Slow", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, "-m", "leo_agent.cli", *arguments], env=environment)
    deadline = time.monotonic() + 60
    lines = out / "episodes.jsonl"
    while time.monotonic() < deadline and not (lines.exists() and lines.read_text().count("\n") >= 2):
        time.sleep(0.05)
    process.kill()
    process.wait()
    finished = len(read_results(out))
    assert 2 <= finished < 6
    report = run(out, EnvConfig(TOY_ID), policy="tests.leo_agent.toy:Slow")
    assert report.kept == len(report.results) == Dataset(out).num_episodes == 6


def test_running_a_finished_collection_again_changes_nothing(tmp_path):
    run(tmp_path / "data")
    dataset = Dataset(tmp_path / "data")
    dataset.frames(), dataset.clouds  # read before
    report = run(tmp_path / "data")
    assert report.kept == len(report.results) == 12
    assert_equal(dataset, Dataset(tmp_path / "data"))


def test_another_configuration_is_refused(tmp_path):
    run(tmp_path / "data", episodes=2)
    with pytest.raises(InputError, match=r"another configuration \(random_actions was 0.0, is 0.5"):
        run(tmp_path / "data", episodes=2, random_actions=0.5)
    with pytest.raises(InputError, match="random_actions: found 2, expected a number, 0 to 1"):
        CollectOptions(random_actions=2)


def test_random_starts_need_a_navigable_world(tmp_path):
    with pytest.raises(InputError, match=r"random_starts: found 1, but .*Toy-v0 cannot draw starts"):
        run(tmp_path / "data", episodes=1, random_starts=1)
    assert not (tmp_path / "data").exists()  # told before the first episode runs


def test_the_run_is_described_beside_the_data(tmp_path):
    run(tmp_path / "data", episodes=2)
    config = json.loads((tmp_path / "data/config.json").read_text())
    assert config["run"]["policy"] == "expert"
    assert config["options"]["episodes"] == 2
