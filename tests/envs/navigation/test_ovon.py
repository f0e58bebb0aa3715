"""Open-vocabulary ObjectNav: its files, goals of narrower words, and what it does without category numbers."""

import gzip
import json

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import STOP
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav
from leo_agent.envs.navigation.tasks.ovon import MAX_WORDS_CHARACTERS, OVON
from tests.envs.navigation.small_sets import BLIND, HOUSE, ovon, write_split


def change_first_episode(folder, **changes):
    path = ovon(folder) / f"val/content/{HOUSE}.json.gz"
    content = json.loads(gzip.decompress(path.read_bytes()))
    content["episodes"][0] |= changes
    return write_split(folder, content)


def test_reads_words_own_ids_and_instances(tmp_path):
    bed, chair, rest = OVON.read_episodes(ovon(tmp_path))
    assert [one.episode_id for one in (bed, chair, rest)] == ["10", "11", "12"]
    assert rest.instruction == "find a place to rest"
    assert all(goal.object_id.isdecimal() for goal in (*bed.goals, *chair.goals))


def test_goals_of_narrower_words_count_too_and_words_without_goals_are_passed_over(tmp_path):
    bed, chair, rest = OVON.read_episodes(ovon(tmp_path))
    assert rest.goals[0].object_id == bed.goals[0].object_id
    assert [goal.object_id for goal in rest.goals[1:]] == [goal.object_id for goal in chair.goals]
    assert len(rest.view_points) == len(bed.goals[0].view_points) + len(chair.view_points)


def test_an_empty_scene_dataset_is_the_default_one(tmp_path):
    for found in ("", None):
        first = next(iter(OVON.read_episodes(change_first_episode(tmp_path, scene_dataset_config=found))))
        assert first.scene_dataset_config == "default"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object_category": "unicorn"}, "no 'goals_by_category' entry 'house_0001.scene_instance.json_unicorn'"),
        ({"object_category": None}, "'object_category' must be a string"),
        ({"children_object_categories": "chair"}, "'children_object_categories' must be a list"),
        ({"children_object_categories": [7]}, "'children_object_categories' must be strings, found 7"),
        ({"episode_id": 1.5}, "'episode_id' must be a string or an integer"),
    ],
)
def test_wrong_fields_are_named(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        list(OVON.read_episodes(change_first_episode(tmp_path, **changes)))


@pytest.mark.parametrize("words", ["x" * (MAX_WORDS_CHARACTERS + 1), "bed\n", "椅子", ""])
def test_words_that_the_instruction_space_has_no_room_for_are_refused(tmp_path, words):
    path = ovon(tmp_path) / f"val/content/{HOUSE}.json.gz"
    content = json.loads(gzip.decompress(path.read_bytes()))
    content["goals_by_category"][f"{HOUSE}.scene_instance.json_{words}"] = []
    content["episodes"] = [{**content["episodes"][0], "object_category": words}]
    with pytest.raises(InputError, match="'object_category' must be 1 to 200 printable characters"):
        list(OVON.read_episodes(write_split(tmp_path, content)))


def test_the_goal_is_words_alone_and_success_needs_a_quarter_of_a_metre(tmp_path):
    environment = NavigationEnv("leo/OVON-v0", ovon(tmp_path), **BLIND)
    observation, info = environment.reset(options={"scene": HOUSE, "episode_id": "12"})
    assert "objectgoal" not in observation
    assert environment.observation_space.contains(observation)
    assert info["episode_info"]["object_category"] == "place to rest"
    ids = info["episode_info"]["goal_object_ids"]
    named = dict(zip(environment.simulator.objects.ids.tolist(), environment.simulator.objects.categories, strict=True))
    assert {named[number] for number in ids} == {"bed", "chair"}
    while info["measures"]["distance_to_goal"] >= 0.25:
        info = environment.step(environment.expert_action())[4]
    measures = environment.step(STOP)[4]["measures"]
    assert measures["success"] == 1.0


def test_objectnav_numbers_the_categories_of_a_dataset_without_numbers(tmp_path):
    dataset = ObjectNav.read_episodes(ovon(tmp_path))
    assert dataset.category_ids == {"bed": 0, "chair": 1, "place to rest": 2}
    environment = NavigationEnv("leo/ObjectNav-v0", tmp_path, **BLIND)
    observation, _ = environment.reset(options={"scene": HOUSE, "episode_id": "1"})
    assert observation["objectgoal"].tolist() == [1]


def test_objectnav_without_numbers_and_without_episodes_is_refused(tmp_path):
    with pytest.raises(InputError, match="no 'category_to_task_category_id' in it and no episodes"):
        ObjectNav.read_episodes(write_split(tmp_path, {"episodes": []}))
