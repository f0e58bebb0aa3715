"""A policy that writes into its observation spoils its own episode, and nothing else."""

import contextlib
import hashlib
import time

import numpy as np
import pytest

from leo_agent.episodes.run_folder import read_results
from leo_agent.rollout import rollout
from leo_agent.rollout.collect import CollectOptions, collect
from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.episode import Job
from leo_agent.rollout.runner import EpisodeRunner
from leo_agent.rollout.workers.process import ProcessWorker
from leo_agent.rollout.workers.requests import Reset, Step
from tests.leo_agent.every_env import options_of
from tests.leo_agent.toy import TOY_ID

BOWLS = "leo/PutBlocksInBowls-v0"


class Writer:
    """Centres the clouds in place, as is the habit of point cloud networks."""

    name = "writer"
    needs_expert = True

    def __init__(self, context=None):
        pass

    def reset(self, indices):
        pass

    def act(self, observations, instructions):
        for observation in observations:
            observation["object_points"][..., :3] -= observation["object_points"][..., :3].mean()
        return [observation["expert_action"] for observation in observations]


class LabelWriter(Writer):
    """Disturbs the expert's action in place, and acts on it."""

    def act(self, observations, instructions):
        for observation in observations:
            observation["expert_action"]["pick"][0] = 0.3
        return [observation["expert_action"] for observation in observations]


class StubbornWriter(Writer):
    """Tries to write to every array, and goes on as if nothing had happened."""

    def act(self, observations, instructions):
        for observation in observations:
            for value in (*observation.values(), *observation["expert_action"].values()):
                with contextlib.suppress(ValueError, TypeError):
                    value[...] = 0
        return [observation["expert_action"] for observation in observations]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_episode_is_an_error_that_says_why(workers, tmp_path):
    rollout(TOY_ID, f"{__name__}:Writer", out=tmp_path / "run", workers=workers, episodes=2, progress=False)
    results = read_results(tmp_path / "run")
    assert [result["outcome"] for result in results] == ["error", "error"]
    assert all("read-only" in result["error"] for result in results)


@pytest.mark.parametrize("policy", ["Writer", "LabelWriter"])
def test_no_dataset_gets_what_was_written(policy, tmp_path, sets):
    options = CollectOptions(policy=f"{__name__}:{policy}", episodes=2, keep_failures=True)
    report = collect(EnvConfig(BOWLS, options_of(BOWLS, sets)), tmp_path / "data", options, progress=False)
    assert report.kept == 0
    assert [result["outcome"] for result in report.results] == ["error", "error"]


def test_a_dataset_is_the_experts_whatever_a_policy_tries(tmp_path, sets):
    stored = []
    for policy in ("expert", f"{__name__}:StubbornWriter"):
        folder = tmp_path / policy.rpartition(":")[2]
        options = CollectOptions(policy=policy, episodes=2, keep_failures=True)
        assert collect(EnvConfig(BOWLS, options_of(BOWLS, sets)), folder, options, progress=False).kept == 2
        files = sorted(file for file in folder.rglob("*.parquet") if "meta" not in file.parts or "clouds" in str(file))
        stored.append({str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files})
    assert len(stored[0]) >= 2
    assert stored[0] == stored[1]


def test_what_a_policy_does_to_its_dictionaries_does_not_reach_the_labels(sets):
    runner = EpisodeRunner(EnvConfig(BOWLS, options_of(BOWLS, sets)))
    result = runner.reset(Job(0, {"scene": None, "episode_id": "0"}, seed=0, needs_expert=True))
    kept = runner._observation["expert_action"]["pick"]
    result.observation["expert_action"]["pick"] = np.zeros(7, np.float32)
    result.observation["object_points"] = None
    assert runner._observation["expert_action"]["pick"] is kept
    assert runner._observation["object_points"] is not None
    runner.close()


def test_arrays_of_another_process_are_read_only():
    worker = ProcessWorker(0, EnvConfig(TOY_ID, {"width": 128, "height": 96}))  # an image that goes as raw bytes
    try:
        for request in (Reset(Job(0, {"scene": "house_a", "episode_id": "0"}, seed=0)), Step(1)):
            worker.send(request)
            observation = worker.receive().observation
            arrays = [value for value in observation.values() if isinstance(value, np.ndarray)]
            assert len(arrays) >= 8
            assert not any(array.flags.writeable for array in arrays)
    finally:
        worker.hang_up()
        worker.end(time.monotonic() + 20)
