"""Rollouts and collections of the project's own environments: the same with 1 and 2 workers, and twice."""

import json
from pathlib import Path

import numpy as np
import pytest

from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.rollout import rollout
from leo_agent.rollout.collect import CollectOptions, collect
from leo_agent.rollout.environments import EnvConfig

HOUSES = Path(__file__).resolve().parents[2] / "data/habitat_houses"
SMALL = {"width": 64, "height": 48, "num_points": 64}
NAVIGATION = ("leo/ObjectNav-v0", {**SMALL, "dataset": str(HOUSES / "objectnav"), "max_episode_steps": 200})
BOWLS = ("leo/PutBlocksInBowls-v0", {**SMALL, "split": "unseen"})
TIMELESS = ("scene", "episode_id", "seed", "instruction", "steps", "measures", "outcome")


def outcomes(report):
    return sorted(json.dumps([line[key] for key in TIMELESS]) for line in report.results)


@pytest.mark.parametrize(("env_id", "options"), [NAVIGATION, BOWLS])
def test_a_rollout_is_the_same_twice_and_with_two_workers(tmp_path, env_id, options):
    common = {"env_options": options, "episodes": 4, "progress": False}
    if env_id == NAVIGATION[0]:
        common["env_options"] = {**options, "max_episode_steps": 40}
        common["scenes"] = ("house_0001", "house_0004")
    first = rollout(env_id, "random", out=tmp_path / "first", **common)
    again = rollout(env_id, "random", out=tmp_path / "again", **common)
    two = rollout(env_id, "random", out=tmp_path / "two", workers=2, videos=2, **common)
    assert outcomes(first) == outcomes(again) == outcomes(two)
    assert len(list((tmp_path / "two/videos").glob("*.mp4"))) == 2
    assert not [line for line in two.results if line["outcome"] in ("invalid", "error")]


@pytest.mark.parametrize(("env_id", "options"), [NAVIGATION, BOWLS])
def test_the_expert_succeeds_and_is_recorded(tmp_path, env_id, options):
    navigation = env_id == NAVIGATION[0]
    settings = CollectOptions(
        episodes=3, random_starts=2 if navigation else 0, scenes=("house_0002",) if navigation else None
    )
    report = collect(EnvConfig(env_id, options), tmp_path / "data", settings, progress=False)
    dataset = Dataset(tmp_path / "data")
    frames = dataset.frames()
    successes = [line["episode_id"] for line in report.results if line["outcome"] == "success"]
    assert {"0", "1", "2"} <= set(successes)
    assert report.kept == dataset.num_episodes == len(successes)
    assert np.array_equal(frames["action"], frames["expert_action"])
    assert frames["next.success"][[episode.stop - 1 for episode in dataset.episodes]].all()
    clouds = dataset.clouds.points(frames["observation.objects"][0])
    assert clouds.shape == (60, 64, 6)
    used = set(frames["observation.objects"].reshape(-1).tolist()) - {-1}
    assert used == set(range(len(dataset.clouds)))
    # A house's objects stand still: its clouds are stored once, however long the episodes are.
    assert not navigation or len(dataset.clouds) == (frames["observation.objects"][0] >= 0).sum()
    for key in dataset.image_keys:
        assert sum(len(images) for _, images in dataset.iter_images(key)) == dataset.num_frames
    if not navigation:
        assert dataset.image_keys == ["observation.images.ego", "observation.images.top"]


def test_random_starts_do_not_depend_on_the_order_of_episodes(tmp_path):
    config = EnvConfig(*NAVIGATION)
    common = {"episodes": 1, "random_starts": 3, "scenes": ("house_0001",)}
    one = collect(config, tmp_path / "one", CollectOptions(**common), progress=False)
    two = collect(config, tmp_path / "two", CollectOptions(workers=2, **common), progress=False)
    key = "observation.state"
    assert np.array_equal(Dataset(tmp_path / "one").frames()[key], Dataset(tmp_path / "two").frames()[key])
    assert outcomes(one) == outcomes(two)
