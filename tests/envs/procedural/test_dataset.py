"""The dataset that `make_houses` writes: our environment plays it, goals are seen, files do not depend on workers."""

import dataclasses
import gzip
import json
import math
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.house_sets import HousesConfig, make_houses, split_of
from leo_agent.envs.house_sets.episodes import MAX_DISTANCE_M, MIN_DISTANCE_M
from leo_agent.envs.house_sets.files import CONFIG_NAME, house_paths
from leo_agent.envs.house_sets.goals import CATEGORIES
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav
from leo_agent.envs.navmesh import OBJECTNAV_SETTINGS, NavMesh

CONFIG = HousesConfig(count=2, seed=11, episodes_per_house=25)
NAMES = ["house_0001", "house_0002"]
HOUSES = list(zip(NAMES, ("train", "val"), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("houses") / "set"
    assert list(make_houses(CONFIG, out).values()) == NAMES
    return out


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def content(folder: Path, name: str, split: str) -> dict:
    return json.loads(gzip.decompress((folder / house_paths(name, split)["content"]).read_bytes()))


def test_it_is_a_habitat_scene_dataset(folder):
    config = json.loads((folder / CONFIG_NAME).read_text())
    for name in NAMES:
        navmesh = folder / config["navmesh_instances"][f"{name}_navmesh"]
        settings = dataclasses.astuple(NavMesh.load(navmesh).settings)
        assert settings == pytest.approx(dataclasses.astuple(OBJECTNAV_SETTINGS))
        stage = folder / "stages" / f"{name}.stage_config.json"
        attributes = json.loads(stage.read_text())
        for key in ("render_asset", "semantic_asset", "collision_asset"):
            assert (stage.parent / attributes[key]).is_file()
        records = json.loads((folder / "houses" / f"{name}.instances.json").read_text())
        assert [record["id"] for record in records] == list(range(1, len(records) + 1))
    assert not list(folder.glob(".*")), "nothing unfinished is left"


def test_train_and_val_share_no_house(folder):
    train, val = (ObjectNav.read_episodes(folder / "objectnav", split) for split in ("train", "val"))
    scenes = [{episode.scene_name for episode in dataset} for dataset in (train, val)]
    assert scenes == [{"house_0001"}, {"house_0002"}]
    assert train.category_ids == val.category_ids == {name: ids[0] for name, ids in CATEGORIES.items()}
    assert [split_of(number) for number in range(1, 9)] == ["train", "val", *["train"] * 4, "val", "train"]
    first, second = (files(folder)[f"houses/{name}.glb"] for name in NAMES)
    assert first != second


@pytest.mark.parametrize(("name", "split"), HOUSES)
def test_view_points_see_their_object_as_the_simulator_draws_it(folder, name, split):
    """At the task's own size, turned and tilted towards the object: the loader, the ids and the pictures agree."""
    simulator = make_simulator("embedded", SimulatorConfig(folder, CONFIG_NAME, 320, 240, num_points=8))
    simulator.load_scene(f"scenes/{name}.scene_instance.json")
    rng = np.random.default_rng(0)
    shares, wrong = [], 0
    for goals in content(folder, name, split)["goals_by_category"].values():
        for goal in goals:
            for index in rng.permutation(len(goal["view_points"]))[:2]:
                state = goal["view_points"][index]["agent_state"]
                simulator.set_agent_state(state["position"], state["rotation"])
                offset = np.array(goal["position"]) - state["position"] - (0.0, 0.88, 0.0)
                steps = round(math.degrees(math.atan2(offset[1], math.hypot(offset[0], offset[2]))) / 30.0)
                for _ in range(min(abs(steps), 1)):
                    simulator.step("look_up" if steps > 0 else "look_down")
                share = (simulator.render()["segmentation"] == int(goal["object_id"])).mean()
                shares.append(share)
                wrong += abs(share - goal["view_points"][index]["iou"]) > 0.02
    print(f"{name}: {len(shares)} view points, the object fills {np.min(shares):.2%} to {np.max(shares):.1%}")
    assert min(shares) > 0.005
    assert wrong == 0


@pytest.mark.parametrize(("name", "split"), HOUSES)
def test_view_points_are_near_their_object_and_on_the_island_of_the_starts(folder, name, split):
    navmesh = NavMesh.load(folder / "houses" / f"{name}.navmesh")
    boxes = {
        str(record["id"]): np.array(record["aabb"])
        for record in json.loads((folder / "houses" / f"{name}.instances.json").read_text())
    }
    table = content(folder, name, split)
    island = navmesh.island(table["episodes"][0]["start_position"])
    for goals in table["goals_by_category"].values():
        for goal in goals:
            low, high = boxes[goal["object_id"]]
            for view_point in goal["view_points"]:
                position = np.array(view_point["agent_state"]["position"])
                away = np.maximum(np.maximum(low - position, position - high), 0.0)[[0, 2]]
                assert np.hypot(*away) <= 1.0 + 1e-3
                assert navmesh.is_navigable(position)
                assert navmesh.island(position) == island
    assert len(table["goals_by_category"]) >= 10


@pytest.mark.parametrize(("name", "split"), HOUSES)
def test_episodes_start_at_the_distances_of_habitats_generator(folder, name, split):
    navmesh = NavMesh.load(folder / "houses" / f"{name}.navmesh")
    table = content(folder, name, split)
    ratios = []
    for episode in table["episodes"]:
        goals = table["goals_by_category"][f"{name}.scene_instance.json_{episode['object_category']}"]
        ends = [view["agent_state"]["position"] for goal in goals for view in goal["view_points"]]
        distance, _, row = navmesh.shortest_path(episode["start_position"], ends)
        assert distance == pytest.approx(episode["info"]["geodesic_distance"], abs=2e-3)
        assert MIN_DISTANCE_M <= distance <= MAX_DISTANCE_M
        ratios.append(distance / np.linalg.norm(np.array(ends[row]) - episode["start_position"]))
        goal = next(goal for goal in goals if goal["object_id"] == str(episode["info"]["closest_goal_object_id"]))
        straight = np.linalg.norm(np.array(goal["position"]) - episode["start_position"])
        assert straight == pytest.approx(episode["info"]["euclidean_distance"], abs=1e-3)
    categories = {episode["object_category"] for episode in table["episodes"]}
    assert np.mean(np.array(ratios) < 1.05) < 0.5
    print(f"{name}: {len(ratios)} episodes, {len(categories)} categories, ratio {np.median(ratios):.2f} (median)")
    assert len(table["episodes"]) == CONFIG.episodes_per_house
    assert len(categories) == min(len(table["goals_by_category"]), CONFIG.episodes_per_house)


def test_the_environment_plays_it_and_the_expert_finds_its_goals(folder):
    successes = []
    for split in ("train", "val"):
        env = gymnasium.make(
            "leo/ObjectNav-v0",
            dataset=folder / "objectnav" / split,
            split=split,
            width=64,
            height=48,
            render_observations=False,
            disable_env_checker=True,
        )
        for options in env.unwrapped.episode_options(4):
            env.reset(options=options)
            over = False
            while not over:
                _, _, terminated, truncated, info = env.step(env.unwrapped.expert_action())
                over = terminated or truncated
            successes.append(info["measures"]["success"])
        env.close()
    assert np.mean(successes) >= 0.9


def test_the_same_call_adds_what_is_missing_and_leaves_the_rest(folder, tmp_path):
    before = files(folder)
    scene = folder / house_paths("house_0002", "val")["scene"]
    scene.unlink()
    (folder / ".unfinished/house_0002").mkdir(parents=True)
    calls = []
    make_houses(CONFIG, folder, on_house=lambda finished, count: calls.append((finished, count)))
    assert calls == [(1, 2), (2, 2)]
    assert files(folder) == before


def test_an_interrupt_leaves_whole_houses(tmp_path):
    def interrupt(finished: int, count: int) -> None:
        if finished == 1:
            raise KeyboardInterrupt

    out = tmp_path / "set"
    with pytest.raises(KeyboardInterrupt):
        make_houses(HousesConfig(count=3, seed=5, episodes_per_house=2), out, on_house=interrupt)
    assert [path.name for path in (out / "scenes").iterdir()] == ["house_0001.scene_instance.json"]
    assert all((out / path).is_file() for path in house_paths("house_0001", "train").values())
    assert list(json.loads((out / CONFIG_NAME).read_text())["navmesh_instances"]) == ["house_0001_navmesh"]
    assert not (out / ".unfinished").exists()
    assert len(list(ObjectNav.read_episodes(out / "objectnav", "train"))) == 2


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_number_of_workers(folder, tmp_path):
    assert make_houses(CONFIG, tmp_path / "set", workers=2) == dict(enumerate(NAMES, 1))
    assert files(tmp_path / "set") == files(folder)


def test_wrong_input_is_reported_in_one_line(folder, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt.*empty or new folder"):
        make_houses(CONFIG, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(
        InputError,
        match=r"^out: found houses of generator (\d+), seed 11, episodes_per_house 25 in .*/set, expected an empty "
        r"folder or one begun with generator \1, seed 12, episodes_per_house 25$",
    ):
        make_houses(HousesConfig(count=2, seed=12, episodes_per_house=25), folder)
    with pytest.raises(InputError, match=r"^out: "):
        make_houses(CONFIG, tmp_path / "notes.txt")
    for wrong in ({"count": 0}, {"count": 10**6}, {"count": 1, "seed": -1}, {"count": 1, "episodes_per_house": 0}):
        with pytest.raises(InputError, match="expected"):
            HousesConfig(**wrong)
    with pytest.raises(InputError, match=r"^workers: found 0"):
        make_houses(CONFIG, tmp_path / "new", workers=0)
