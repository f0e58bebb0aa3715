"""LEO as a policy: legal actions, history, caches that change nothing, and independence of the batch."""

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.policy import Policy, PolicyContext
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.embodiments.tabletop import encode_pose
from leo_agent.policies.leo.text.action_tokens import U, V
from tests.policies.leo import tiny

WORLDS = ["navigation", "tabletop"]
GOAL = {"navigation": "find a chair", "tabletop": "put the red blocks in a green bowl"}


def make(world: str = "navigation", seed: int = 0) -> LeoPolicy:
    return LeoPolicy(tiny.model(seed), tiny.tokenizer(), tiny.context(world))


def same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(np.array_equal(one[name], other[name]) for name in ("pick", "place"))
    return one == other


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_is_legal(seed):
    body = NavigationEmbodiment(num_actions=4)
    walking = LeoPolicy(tiny.model(seed), tiny.tokenizer(), PolicyContext(body, device="cpu"))
    moving = make("tabletop", seed)
    assert isinstance(walking, Policy)
    for step in range(3):
        assert walking.act([tiny.observation("navigation", step)], [GOAL["navigation"]])[0] in range(4)
        view = tiny.observation("tabletop", step, slot=1)
        (action,) = moving.act([view], [GOAL["tabletop"]])
        for pose in (action["pick"], action["place"]):
            assert pose.dtype == np.float32
            assert pose.shape == (7,)
            u, v, _ = encode_pose(pose)
            assert pose[2] == view["height_map"][u - U.start, v - V.start]
            assert np.allclose(pose[3:5], 0)


@pytest.mark.parametrize("world", WORLDS)
def test_answers_do_not_depend_on_the_batch(world):
    views = [tiny.observation(world, seed, slot=seed) for seed in range(3)]
    together = make(world).act([*views, tiny.observation(world, 9, slot=9)], [GOAL[world]] * 3 + ["find a bed"])
    for view, answer in zip(views, together, strict=False):
        assert same(make(world).act([view], [GOAL[world]])[0], answer)


@pytest.mark.parametrize("world", WORLDS)
def test_joint_service_gives_the_same_answers(world):
    """As on a GPU: the whole batch at once. For both embodiments in one batch see test_decoding."""
    views = [tiny.observation(world, seed, slot=seed) for seed in range(4)]
    goals = [GOAL[world]] * 3 + ["find a bed"]
    with torch.inference_mode():
        joint = make(world)._act_together(range(4), views, goals)
    assert all(same(one, other) for one, other in zip(joint, make(world).act(views, goals), strict=True))


@pytest.mark.parametrize("world", WORLDS)
def test_caches_change_nothing(world):
    kept = make(world)
    for step in range(4):
        view = tiny.observation(world, 3)
        if step == 2:
            view["object_points"][0] += np.random.default_rng(0).uniform(0, 1, view["object_points"][0].shape)
        if step == 3:
            view["object_ids"] = view["object_ids"][::-1].copy()
        fresh = make(world)
        fresh._episode(0).past.extend(kept._episode(0).past)
        assert same(kept.act([view], [GOAL[world]])[0], fresh.act([view], [GOAL[world]])[0])
        cached, computed = (each._objects._seen[0].features for each in (kept, fresh))
        assert torch.allclose(cached, computed, atol=1e-6)


def test_only_changed_clouds_are_encoded(monkeypatch):
    policy = make()
    sizes: list[int] = []
    encode = policy._model.encode_clouds
    monkeypatch.setattr(policy._model, "encode_clouds", lambda clouds: sizes.append(len(clouds)) or encode(clouds))
    view = tiny.observation("navigation", 4)
    policy.act([view], [GOAL["navigation"]])
    policy.reset([0])
    policy.act([view], [GOAL["navigation"]])
    view = {**view, "object_points": view["object_points"].copy()}
    view["object_points"][0] *= 2
    policy.act([view], [GOAL["navigation"]])
    whole = int(view["object_mask"].sum())
    assert sizes == [whole, 1]
    policy.reset([0])  # what is encoded together must not depend on the episode before
    view = {**view, "object_points": view["object_points"].copy()}
    view["object_points"][0] *= 2
    policy.act([view], [GOAL["navigation"]])
    assert sizes == [whole, 1, whole]


def test_history_is_kept_per_slot_and_forgotten_at_reset():
    policy = make()
    for slot in (0, 1, 0):
        policy.act([tiny.observation("navigation", slot, slot=slot)], [GOAL["navigation"]])
    assert [len(policy._episode(slot).past) for slot in (0, 1)] == [2, 1]
    policy.reset([0])
    assert [len(policy._episode(slot).past) for slot in (0, 1)] == [0, 1]


def test_scene_without_objects():
    view = tiny.observation("navigation", 1)
    view["object_mask"][:] = False
    assert make().act([view], [GOAL["navigation"]])[0] in range(6)


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("object_points", lambda value: value * np.nan, "object points: object 0 holds NaN"),
        ("object_points", lambda value: value[:, :0], r"object points: found shape \(\d, 0, 6\), expected"),
        ("object_points", lambda value: value[..., :3], r"object points: found shape \(\d, 128, 3\), expected"),
        ("object_boxes", lambda value: value * np.inf, "object_boxes: holds numbers that are not finite"),
        ("agent_position", lambda value: value * np.nan, "agent_position: holds numbers that are not finite"),
        ("agent_rotation", lambda value: value * np.nan, "agent_rotation: holds numbers that are not finite"),
        ("agent_position", lambda value: value + 1e30, "agent_position: holds numbers that are not finite or beyond"),
        ("agent_rotation", lambda value: value * 0, "agent_rotation: found a quaternion of length 0, expected 1"),
        ("image", lambda value: value.astype(np.float32), "image: found float32"),
        ("image", lambda value: value[..., 0], r"image: found uint8 of shape \(48, 64\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
def test_wrong_observations_are_reported(key, change, message):
    view = tiny.observation("navigation", 1)
    view[key] = change(view[key])
    with pytest.raises(InputError, match=message):
        make().act([view], [GOAL["navigation"]])
