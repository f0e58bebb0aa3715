"""ObjectNav-v1 files: what is read, and that wrong files of any kind end in one clear line."""

import copy
import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.object_episodes import instruction_for
from leo_agent.envs.navigation.episodes.records import scene_name
from leo_agent.envs.navigation.episodes.split_files import find_scenes_folder
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

HOUSES = Path(__file__).parents[2] / "data/habitat_houses"
TOP = {
    "category_to_task_category_id": {"chair": 0, "bed": 1},
    "category_to_scene_annotation_category_id": {"chair": 0, "bed": 1},
    "episodes": [],
}
GOAL = {
    "position": [3.2, 0.45, -1.7],
    "radius": None,
    "object_id": "12",
    "object_category": "chair",
    "view_points": [
        {"agent_state": {"position": [2.5, 0.1, -1.7], "rotation": [0, -0.70711, 0, 0.70711]}, "iou": 0.21},
        {"agent_state": {"position": [2, 0.1, -1.5], "rotation": [0, 0, 0, 1]}, "iou": 0.1},
    ],
}
EPISODE = {
    "episode_id": "77",
    "scene_id": "houses/scenes/house_0007.scene_instance.json",
    "scene_dataset_config": "data/scene_datasets/houses/houses.scene_dataset_config.json",
    "start_position": [-1.0, 0.1, 2.0],
    "start_rotation": [0, 1.0, 0, 0.0],
    "info": {"geodesic_distance": 5.81},
    "goals": [],
    "object_category": "chair",
}
CONTENT = {"goals_by_category": {"house_0007.scene_instance.json_chair": [GOAL]}, "episodes": [EPISODE, EPISODE]}


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(value).encode(), compresslevel=1))
    return path


def replace(value: object, path: tuple, new: object) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def write_dataset(folder: Path, top: object = TOP, content: object = CONTENT) -> Path:
    write(folder / "val/val.json.gz", top)
    write(folder / "val/content/house_0007.json.gz", content)
    return folder


def test_reads_fields_and_numbers_episodes_by_their_place_in_the_file(tmp_path):
    dataset = ObjectNav.read_episodes(write_dataset(tmp_path))
    assert dataset.category_ids == {"chair": 0, "bed": 1}
    episodes = list(dataset)
    assert [episode.episode_id for episode in episodes] == ["0", "1"]
    episode = episodes[1]
    assert episode.scene_name == "house_0007"
    assert episode.instruction == "find a chair"
    np.testing.assert_allclose(episode.start_rotation, [0, 1, 0, 0])
    np.testing.assert_allclose(episode.view_points, [[2.5, 0.1, -1.7], [2, 0.1, -1.5]])
    assert episode.goals[0].object_id == "12"
    assert episode.info["geodesic_distance"] == 5.81


@pytest.mark.parametrize("given_path", ["", "val", "val/val.json.gz"])
def test_file_and_both_folders_above_name_the_same_split(tmp_path, given_path):
    write_dataset(tmp_path)
    dataset = ObjectNav.read_episodes(tmp_path / given_path)
    assert dataset.split == "val"
    assert len(list(dataset)) == 2


def test_goals_of_the_episode_itself_and_shared_goals(tmp_path):
    own = {**EPISODE, "goals": [GOAL]}
    dataset = ObjectNav.read_episodes(write(tmp_path / "one.json.gz", {**TOP, "episodes": [own, EPISODE]}))
    first, second = dataset
    assert len(first.view_points) == 2
    assert second.goals is first.goals


def test_top_file_goals_serve_content_files(tmp_path):
    top = {**TOP, "goals_by_category": CONTENT["goals_by_category"]}
    assert len(list(ObjectNav.read_episodes(write_dataset(tmp_path, top, {"episodes": [EPISODE]})))) == 1


def test_content_template_may_name_another_folder(tmp_path):
    write(tmp_path / "val/val.json.gz", {**TOP, "content_scenes_path": "{data_path}/scenes/{scene}.json.gz"})
    write(tmp_path / "val/scenes/house_0007.json.gz", CONTENT)
    assert len(list(ObjectNav.read_episodes(tmp_path))) == 2


def test_episode_without_view_points_is_kept_for_the_record(tmp_path):
    content = copy.deepcopy(CONTENT)
    content["goals_by_category"]["house_0007.scene_instance.json_chair"][0]["view_points"] = []
    (episode, _) = ObjectNav.read_episodes(write_dataset(tmp_path, TOP, content))
    assert episode.view_points.shape == (0, 3)


def test_recorded_dataset_and_its_scenes_folder():
    dataset = ObjectNav.read_episodes(HOUSES / "objectnav")
    episodes = list(dataset)
    assert len(episodes) == 200
    assert len({(episode.scene_name, episode.episode_id) for episode in episodes}) == 200
    assert all(len(episode.view_points) for episode in episodes)
    assert find_scenes_folder(dataset.path, episodes[0]) == HOUSES


def test_scenes_folder_in_habitat_layout(tmp_path):
    write_dataset(tmp_path / "data/datasets/objectnav/houses/v1")
    config = tmp_path / "data/scene_datasets/houses/houses.scene_dataset_config.json"
    dataset = ObjectNav.read_episodes(tmp_path / "data/datasets/objectnav/houses/v1")
    episode = next(iter(dataset))
    with pytest.raises(InputError, match="scenes="):
        find_scenes_folder(dataset.path, episode)
    write(config, {})
    assert find_scenes_folder(dataset.path, episode) == tmp_path.resolve() / "data/scene_datasets"


def test_find_by_scene_and_number(tmp_path):
    dataset = ObjectNav.read_episodes(HOUSES / "objectnav/val/val.json.gz")
    by_name = dataset.find("3", "house_0002")
    assert by_name is dataset.find("3", "scenes/house_0002.scene_instance.json")
    assert by_name.scene_name == "house_0002"
    for arguments, message in [
        (("50", "house_0002"), "ids are 0 to 49"),
        (("3", "house_0009"), "its scenes are house_0001, house_0002"),
        (("3",), "name one"),
    ]:
        with pytest.raises(InputError, match=message):
            dataset.find(*arguments)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("chair", "find a chair"),
        ("tv_monitor", "find a tv monitor"),
        ("oven", "find an oven"),
        ("chest_of_drawers", "find a chest of drawers"),
        ("armchair", "find an armchair"),
        ("Ottoman", "find an Ottoman"),
        ("", "find an object"),
        # The sound decides, not the letter.
        ("unicorn_toy", "find a unicorn toy"),
        ("umbrella", "find an umbrella"),
        ("urn", "find an urn"),
        ("utensil_holder", "find a utensil holder"),
        ("hourglass", "find an hourglass"),
        ("one_seater", "find a one seater"),
    ],
)
def test_instruction(category, expected):
    assert instruction_for(category) == expected


@pytest.mark.parametrize(
    ("scene_id", "expected"),
    [
        ("scenes/house_0001.scene_instance.json", "house_0001"),
        ("hm3d/val/00800-TEEsavR23oF/TEEsavR23oF.basis.glb", "TEEsavR23oF"),
        ("mp3d/17DRP5sb8fy/17DRP5sb8fy.glb", "17DRP5sb8fy"),
        ("106878915_174887025", "106878915_174887025"),
    ],
)
def test_scene_name(scene_id, expected):
    assert scene_name(scene_id) == expected


def test_unknown_split_lists_those_there(tmp_path):
    write_dataset(tmp_path)
    write(tmp_path / "train/train.json.gz", TOP)
    write(tmp_path / "mini.json.gz", TOP)
    write(tmp_path / "other/notes.json", {})
    (tmp_path / "damaged.json").write_bytes(b"{")
    with pytest.raises(InputError, match=r"no split 'test'; found mini, train, val$"):
        ObjectNav.read_episodes(tmp_path, "test")


def test_settings_of_a_scene_dataset_are_no_splits(tmp_path):
    for name in ("houses.json", "houses.scene_dataset_config.json", "houses/house_0001.instances.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    write_dataset(tmp_path / "objectnav")
    with pytest.raises(
        InputError, match=r"no split 'val', and no split at all; found .*, expected val/val\.json\.gz or val\."
    ):
        ObjectNav.read_episodes(tmp_path, "val")


@pytest.mark.parametrize(
    ("file", "data", "message"),
    [
        ("val.json.gz", b"not gzip", "not a complete gzip file"),
        ("val.json.gz", gzip.compress(b"{}", mtime=0)[:-5], "not a complete gzip file"),
        ("val.json.gz", gzip.compress(b'{"a": ', mtime=0), "not JSON"),
        ("val.json.gz", gzip.compress(b"[" * 100_000, mtime=0), "not JSON"),
        ("val.json.gz", gzip.compress(b"\xff\xfe{}", mtime=0), "not JSON"),
        ("val.json.gz", gzip.compress(b"[]", mtime=0), "expected a JSON object"),
        ("content/house_0007.json.gz", gzip.compress(b"{}", mtime=0), "missing key 'episodes'"),
        ("content/house_0007.json.gz", b"", "not a complete gzip file|not JSON"),
    ],
)
def test_broken_files_are_named(tmp_path, file, data, message):
    write_dataset(tmp_path)
    (tmp_path / "val" / file).write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        list(ObjectNav.read_episodes(tmp_path))
    assert str(tmp_path / "val" / file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_things(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        ObjectNav.read_episodes(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no split at all"):
        ObjectNav.read_episodes(tmp_path)
    with pytest.raises(InputError, match="no content files"):
        ObjectNav.read_episodes(write(tmp_path / "val.json.gz", TOP))
    (tmp_path / "scene.glb").write_bytes(b"")
    with pytest.raises(InputError, match="expected an episode dataset"):
        ObjectNav.read_episodes(tmp_path / "scene.glb")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("episodes", 0, "start_position"), [0, 1], "'start_position' must be 3 numbers"),
        (("episodes", 0, "start_position"), [0, float("nan"), 1], "must be finite"),
        (("episodes", 0, "start_rotation"), [0, 0, 0, 0], "unit quaternion"),
        (("episodes", 0, "object_category"), "unicorn", "not among the task's categories: bed, chair"),
        (("episodes", 0, "object_category"), "bed", "house_0007.scene_instance.json_bed"),
        (("episodes", 0, "scene_id"), 7, "'scene_id' must be a string"),
        (("episodes", 0), None, "must be an object"),
        (("goals_by_category", "house_0007.scene_instance.json_chair", 0, "view_points"), None, "must be a list"),
    ],
)
def test_wrong_fields_are_named(tmp_path, path, value, message):
    content = copy.deepcopy(CONTENT)
    replace(content, path, value)
    with pytest.raises(InputError, match=message):
        list(ObjectNav.read_episodes(write_dataset(tmp_path, TOP, content)))
