"""The houses that are played without a dataset: made when asked for, once, the same everywhere, whole or not there."""

import gzip
import json
import threading
import zlib
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.cache_folder import VARIABLE, cache_folder
from leo_agent.envs.house_sets import built_in
from leo_agent.envs.house_sets.built_in import EPISODES_PER_HOUSE, HOUSES, TASKS, VERSION, built_in_split
from leo_agent.envs.house_sets.dataset_maker import GENERATOR_VERSION
from leo_agent.envs.navigation.env import BUILT_IN
from leo_agent.rollout import rollout

IDS = {"objectnav": "leo/ObjectNav-v0", "pointnav": "leo/PointNav-v0", "ovon": "leo/OVON-v0"}
BLIND = {"render_observations": False, "num_points": 1}
ONE = {"content_scenes": "house_0002"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder with the first house of val in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("cache")))
        split = built_in_split("objectnav", "val")
        split.make_content(split.content_files[0])
        yield cache_folder()


def content(cache, task: str) -> dict:
    path = cache / f"built-in-houses/{VERSION}/{task}/val/content/house_0002.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


def test_the_splits_are_fixed_and_share_no_house(cache):
    train, val = (built_in_split("objectnav", split) for split in ("train", "val"))
    names = [[path.name for path in split.content_files] for split in (train, val)]
    assert (len(names[0]), len(names[1])) == (20, 5)
    assert len({*names[0], *names[1]}) == HOUSES
    assert names[1] == [f"house_{number:04d}.json.gz" for number in (2, 7, 12, 17, 22)]
    with pytest.raises(InputError, match="split: found 'test', expected one of train, val"):
        built_in_split("objectnav", "test")


@pytest.mark.parametrize("task", TASKS)
def test_every_house_has_so_many_episodes_of_every_task(cache, task):
    episodes = content(cache, task)["episodes"]
    assert [episode["episode_id"] for episode in episodes] == [str(number) for number in range(EPISODES_PER_HOUSE)]


def test_the_same_seed_gives_every_machine_the_same_episodes(cache):
    """As in test_golden.py numbers are compared, which other processors may round otherwise in their last digit."""
    objects, points, words = (content(cache, task)["episodes"] for task in TASKS)
    asked = [[episode["object_category"] for episode in episodes] for episodes in (objects, words)]
    assert zlib.crc32(repr(asked).encode()) == 2581323040
    starts = [np.array([one["start_position"] for one in episodes]).sum() for episodes in (objects, points, words)]
    goals = np.array([one["goals"][0]["position"] for one in points]).sum()
    assert [*starts, goals] == pytest.approx([218.2179, 198.9137, 195.9433, 197.2785], abs=0.01)


@pytest.mark.parametrize("task", TASKS)
def test_the_expert_plays_them_without_any_file(cache, task):
    env = gymnasium.make(IDS[task], **BLIND, **ONE, disable_env_checker=True)
    _, info = env.reset(options={"scene": "house_0002", "episode_id": "3"})
    terminated = truncated = False
    while not (terminated or truncated):
        _, _, terminated, truncated, info = env.step(env.unwrapped.expert_action())
    assert info["measures"]["success"] == 1.0
    assert info["episode_info"]["split"] == "val"
    env.close()


def test_words_of_ovon_are_kinds_of_furniture(cache):
    asked = {episode["object_category"] for episode in content(cache, "ovon")["episodes"]}
    assert len(asked) > 12
    assert "_" not in "".join(asked)
    goals = content(cache, "ovon")["goals_by_category"]
    assert {f"house_0002.scene_instance.json_{words}" for words in asked} <= goals.keys()


def test_a_listing_makes_no_house_and_a_run_those_it_needs(cache, monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(built_in, "_make_house", lambda folder, number, path: made.append(number))
    env = gymnasium.make("leo/ObjectNav-v0", split="train", **BLIND)
    options = env.unwrapped.episode_options()
    assert len(options) == 20 * EPISODES_PER_HOUSE
    assert options[20] == {"scene": "house_0003", "episode_id": "0"}
    chosen = gymnasium.make("leo/ObjectNav-v0", episode_ids=["house_0017/4"], **BLIND).unwrapped.episode_options()
    assert chosen == [{"scene": "house_0017", "episode_id": "4"}]
    assert made == []
    # The first episode of the plan is in the house that is there.
    report = rollout("leo/ObjectNav-v0", "expert", out=tmp_path / "run", episodes=1, env_options=BLIND, progress=False)
    assert [line["scene"] for line in report.results] == ["house_0002"]
    assert made == []
    environment = json.loads((tmp_path / "run/config.json").read_text())["environment"]
    assert environment["dataset"] == BUILT_IN
    assert VERSION in BUILT_IN


def test_two_that_want_the_same_house_make_it_once(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    made = []

    def make(folder, number, path):
        made.append(number)
        for place in built_in._house_places(f"house_{number:04d}", "val").values():
            (folder / place).write_bytes(b"content")
        path.write_bytes(b"content")

    monkeypatch.setattr(built_in, "_make_house", make)
    split = built_in_split("pointnav", "val")
    wanting = [threading.Thread(target=split.make_content, args=(split.content_files[1],)) for _ in range(3)]
    for thread in wanting:
        thread.start()
    for thread in wanting:
        thread.join()
    assert made == [7]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["missing", "empty"])
@pytest.mark.parametrize("name", ["houses/house_0002.glb", "pointnav/val/content/house_0002.json.gz"])
def test_a_house_with_a_file_that_the_disk_lost_is_made_anew(cache, harm, name):
    split = built_in_split("objectnav", "val")
    path = split.folder / name
    before = path.read_bytes()
    harm(path)
    split.make_content(split.content_files[0])
    assert path.read_bytes() == before


def test_a_house_that_was_interrupted_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    split = built_in_split("objectnav", "val")

    def interrupted(folder, number, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(built_in, "_make_house", interrupted)
    with pytest.raises(KeyboardInterrupt):
        split.make_content(split.content_files[0])
    assert not split.content_files[0].exists()


def test_another_version_makes_others(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert VERSION in str(built_in_split("objectnav", "val").folder)
    assert VERSION.startswith(f"{GENERATOR_VERSION}."), "a change of the generator makes new houses"
