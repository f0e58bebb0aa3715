"""Where an object is for the model: the centre its weights were trained with, from every source of objects."""

import dataclasses

import gymnasium
import numpy as np
import pytest

import leo_agent.envs  # noqa: F401 - registers the environments
from leo_agent.contract.policy import PolicyContext
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.scenes.locations import centroids
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from tests.policies.leo import tiny

HOUSES = "tests/data/habitat_houses/objectnav/val"
WORLDS = {
    "leo/ObjectNav-v0": {"dataset": HOUSES},
    "leo/PutBlocksInBowls-v0": {},
}


def model_that_tells(center: str) -> tuple[LeoModel, list[np.ndarray]]:
    """A small model with that centre, and a list that its object locations (N, 6) will be put into."""
    model = tiny.model(spatial=dataclasses.replace(tiny.config().spatial, object_center=center))
    given: list[np.ndarray] = []
    model.pcd_encoder.register_forward_pre_hook(lambda _, arguments: given.append(arguments[1][0].numpy().copy()))
    return model, given


def test_released_sizes_see_centroids_and_our_own_box_centres():
    centers = {name: preset(name).spatial.object_center for name in ("leo-vicuna-7b", "leo-opt-1.3b", "leo-nano")}
    assert centers == {"leo-vicuna-7b": "centroid", "leo-opt-1.3b": "centroid", "leo-nano": "box_center"}


@pytest.mark.parametrize("env_id", WORLDS)
def test_acting_sees_the_centre_that_is_configured(env_id):
    env = gymnasium.make(env_id, **WORLDS[env_id])
    observation, _ = env.reset(seed=0)
    env.close()
    mask = observation["object_mask"]
    boxes, means = (
        observation["object_boxes"][mask],
        observation["object_points"][mask][..., :3].mean(axis=1, dtype=np.float64),
    )
    assert np.abs(boxes[:, :3] - means).max() > 0.001  # metres: the two centres are not the same
    for center, expected in (("centroid", means), ("box_center", boxes[:, :3])):
        model, given = model_that_tells(center)
        policy = LeoPolicy(model, tiny.tokenizer(), PolicyContext(env.unwrapped.embodiment, "cpu"))
        policy.act([observation], [observation["instruction"]])
        np.testing.assert_allclose(given[0][:, :3], expected, atol=1e-5)
        assert np.array_equal(given[0][:, 3:], boxes[:, 3:])


def test_the_centroid_of_an_object_that_moved_is_new_and_the_others_stay():
    model, given = model_that_tells("centroid")
    policy = LeoPolicy(model, tiny.tokenizer(), tiny.context("navigation"))
    before = tiny.observation("navigation", 3)
    points = before["object_points"].copy()
    points[1, :, :3] += 2.0
    for observation in (before, {**before, "object_points": points}):
        policy.act([observation], ["find a chair"])
    moved = given[1] - given[0]
    np.testing.assert_allclose(moved[1, :3], 2.0, atol=1e-5)
    assert not np.delete(moved, 1, axis=0).any()


@pytest.mark.parametrize("center", ["centroid", "box_center"])
def test_questions_see_the_centre_that_is_configured(center):
    rng = np.random.default_rng(0)
    points = tuple(rng.uniform(0, 1, (count, 6)).astype(np.float32) ** 2 for count in (7, 30, 200))
    scene = ObjectScene("room", points, np.arange(3), ("",) * 3)
    model, given = model_that_tells(center)
    LeoAgent(model, tiny.tokenizer()).chat(scene, "What is there?", decoding=TextDecoding(beams=1, max_tokens=1))
    middles = np.array([(each.min(axis=0) + each.max(axis=0))[:3] / 2 for each in points])
    means = np.array([each[:, :3].mean(axis=0) for each in points])
    np.testing.assert_allclose(given[0][:, :3], means if center == "centroid" else middles, atol=1e-6)
    np.testing.assert_allclose(given[0][:, 3:], scene.extents)


def test_a_centroid_does_not_depend_on_the_company():
    points = np.random.default_rng(1).normal(5.0, 3.0, (50, 1024, 6)).astype(np.float32)
    alone = [centroids(points[number : number + 1])[0] for number in range(50)]
    assert np.array_equal(centroids(points), alone)
    assert np.array_equal(centroids(tuple(points)), alone)
