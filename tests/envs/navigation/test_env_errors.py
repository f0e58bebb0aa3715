"""What is wrong with the arguments, options, actions and files of NavigationEnv is said in one line."""

import gzip
import json
import shutil

import pytest
from gymnasium.error import ResetNeeded

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from tests.envs.navigation.test_env import BLIND, DATASET, HOUSES, small_dataset

STOP = 0


@pytest.fixture(scope="module")
def environment():
    return NavigationEnv("leo/ObjectNav-v0", DATASET, share_arrays=True, **BLIND)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dataset": None, "split": "test"}, "split: found 'test', expected one of train, val"),
        ({"dataset": None, "scenes": HOUSES}, "scenes: found .* without a dataset"),
        ({"dataset": DATASET / "val/val.json.gz", "split": "train"}, "split: found 'train', but .* is the split 'val'"),
        ({"split": "test"}, "no split 'test'; found val"),
        ({"scenes": "/nowhere"}, "scenes: found '/nowhere'"),
        ({"scenes": "n" * 300}, "scenes: found 'nnn"),
        ({"dataset": "n" * 300}, "no such file or folder"),
        ({"split": "n" * 300}, "no split 'nnn"),
        ({"simulator": "unity"}, "simulator: found 'unity', expected one of embedded, habitat"),
        ({"width": 0}, "^width: found 0, expected a whole number, 1 to "),
        ({"height": -5}, "^height: found -5"),
        ({"hfov_deg": 200}, "hfov_deg"),
        ({"max_episode_steps": 0}, "max_episode_steps: found 0"),
        ({"num_objects": 0}, "num_objects: found 0"),
        ({"render_mode": "human"}, "render_mode: found 'human'"),
        ({"expert_clearance_m": -0.1}, "expert_clearance_m: found -0.1"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InputError, match=message) as caught:
        NavigationEnv("leo/ObjectNav-v0", **{"dataset": DATASET, **arguments})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scene": "house_0001", "episode_id": "50"}, "no episode '50'"),
        ({"scene": "house_0009", "episode_id": "0"}, "no episodes in scene 'house_0009'"),
        ({"scene": "house_0001"}, "found no 'episode_id'"),
        ({"scene": 5, "episode_id": "0"}, "no episodes in scene '5'"),
        ({"episode": "3"}, "found episode, expected"),
        ({3: 4, "episode": "3"}, "found 3, episode, expected"),
    ],
)
def test_wrong_reset_options_are_named(environment, options, message):
    with pytest.raises(InputError, match=message):
        environment.reset(options=options)


@pytest.mark.parametrize("action", [6, -1, 1.0, "move_forward", None, [1, 2]])
def test_wrong_actions_are_named(environment, action):
    environment.reset(options={"scene": "house_0001", "episode_id": "0"})
    with pytest.raises(InputError, match="action: found"):
        environment.step(action)


def test_a_missing_scene_file_is_named(tmp_path):
    folder = tmp_path / "houses"
    shutil.copytree(HOUSES, folder, ignore=shutil.ignore_patterns("*.npz", "*.semantic.glb", "measures*"))
    (folder / "house_0001.navmesh").unlink()
    environment = NavigationEnv("leo/ObjectNav-v0", folder / "objectnav", **BLIND)
    with pytest.raises(InputError, match=r"house_0001\.(navmesh|semantic\.glb)"):
        environment.reset(options={"scene": "house_0001", "episode_id": "0"})


def test_mixed_scene_datasets_are_refused(tmp_path):
    folder = small_dataset(tmp_path)
    path = folder / "val/content/house_0001.json.gz"
    content = json.loads(gzip.decompress(path.read_bytes()))
    content["episodes"].append({**content["episodes"][0], "scene_dataset_config": "other.scene_dataset_config.json"})
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    environment = NavigationEnv("leo/ObjectNav-v0", folder, scenes=HOUSES, **BLIND)
    with pytest.raises(InputError, match="expected 'golden"):
        environment.reset(options={"scene": "house_0001", "episode_id": "1"})


def test_step_and_render_before_reset():
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, render_mode="rgb_array", **BLIND)
    for call in (environment.render, environment.expert_action, lambda: environment.step(STOP)):
        with pytest.raises(ResetNeeded):
            call()
