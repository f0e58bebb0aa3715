"""The registry, the ways to name a policy, and the baselines."""

import gymnasium
import huggingface_hub
import numpy as np
import pytest
from leo_agent.policies.base import Policy, PolicyContext, make_policy, policy_names
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from leo_agent.policies.replay import ReplayPolicy

from leo_agent.contract.errors import InputError
from tests.policies.leo import tiny
from tests.policies.leo.tiny import observation

POSE = gymnasium.spaces.Box(
    np.array([0.25, -0.5, 0, -1, -1, -1, -1], np.float32), np.array([0.75, 0.5, 0.28, 1, 1, 1, 1], np.float32)
)
SPACES = {
    "navigation": gymnasium.spaces.Discrete(6),
    "tabletop": gymnasium.spaces.Dict({"pick": POSE, "place": POSE}),
}


def test_scan_finds_every_policy():
    assert {"random", "expert", "stop", "forward", "leo-nano"} <= set(policy_names())


@pytest.mark.parametrize("world", SPACES)
@pytest.mark.parametrize("name", ["random", "stop", "forward"])
def test_baselines_act_inside_the_space(world, name):
    policy = make_policy(name, PolicyContext(SPACES[world]))
    assert isinstance(policy, Policy)
    policy.reset([0, 1])
    for action in policy.act([observation(world, 1, 0), observation(world, 2, 1)], ["find a chair"] * 2):
        assert SPACES[world].contains(action)
        if world == "tabletop":
            assert np.allclose(action["pick"][3:5], 0)
            assert np.isclose(np.linalg.norm(action["pick"][3:]), 1)


def test_random_draws_depend_on_the_episode_alone():
    first = make_policy("random", PolicyContext(SPACES["navigation"], seed=3))
    alone = [first.act([observation("navigation", 7)], [""])[0] for _ in range(20)]
    second = make_policy("random", PolicyContext(SPACES["navigation"], seed=3))
    pair = [observation("navigation", 9, slot=0), observation("navigation", 7, slot=5)]
    together = [second.act(pair, ["", ""])[1] for _ in range(20)]
    assert alone == together
    first.reset([0])
    assert alone == [first.act([observation("navigation", 7)], [""])[0] for _ in range(20)]
    assert set(alone) > {0, 1}


def test_expert_repeats_what_the_environment_says():
    policy = make_policy("expert", PolicyContext())
    assert policy.needs_expert
    assert policy.act([{"expert_action": 3}], ["find a chair"]) == [3]


def test_replay_plays_each_episode_from_its_start():
    policy = ReplayPolicy({7: [1, 1, 0]})
    policy.reset([0])
    assert [policy.act([observation("navigation", 7)], [""])[0] for _ in range(3)] == [1, 1, 0]
    with pytest.raises(InputError, match="3 recorded actions"):
        policy.act([observation("navigation", 7)], [""])
    with pytest.raises(InputError, match="seed 8"):
        policy.act([observation("navigation", 8)], [""])


def test_import_path_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "my_walker.py").write_text(
        "class Walker:\n    name = 'walker'\n    needs_expert = False\n    def __init__(self, context): pass\n"
        "    def reset(self, indices): pass\n    def act(self, observations, instructions): return [1]\n"
    )
    monkeypatch.chdir(tmp_path)
    assert make_policy("my_walker:Walker", PolicyContext()).act([{}], [""]) == [1]
    with pytest.raises(InputError, match="has no class 'Runner'; it has Walker"):
        make_policy("my_walker:Runner", PolicyContext())


@pytest.mark.parametrize(
    ("name", "message"),
    [("nonsense", "expert.*random"), ("no_such_module:Policy", "no module named 'no_such_module'")],
)
def test_unknown_names_say_what_exists(name, message):
    with pytest.raises(InputError, match=message):
        make_policy(name, PolicyContext())


def test_folder_without_config(tmp_path):
    with pytest.raises(InputError, match=r"config\.json is missing"):
        make_policy(str(tmp_path), PolicyContext())


def test_a_hub_id_is_a_policy_and_a_path_is_none(tmp_path, monkeypatch):
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "kept")
    asked = []
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, **_: asked.append(name) or str(tmp_path / "kept")
    )
    assert make_policy("someone/leo-tiny", PolicyContext(SPACES["navigation"], device="cpu")).name == "leo-tiny"
    assert set(asked) == {"someone/leo-tiny"}
    monkeypatch.chdir(tmp_path)
    for wrong in ("kept/policy", "someone/leo/tiny", "/nowhere/nothing", "../nothing"):
        with pytest.raises(InputError, match="unknown policy"):
            make_policy(wrong, PolicyContext())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("random", {"beams": 5}, "policy 'random': unknown option 'beams'; it has none"),
        ("leo-nano", {"beam": 5}, "policy 'leo-nano': unknown option 'beam'; it has beams, legacy"),
        ("leo-nano", {"beams": 0}, "policy option beams: found 0, expected a number from 1 to 524"),
        ("leo-nano", {"beams": "many"}, "policy option beams: found 'many'"),
        ("leo-nano", {"legacy": "bos,speed"}, "legacy: found 'speed', expected all"),
        ("leo-nano", {"legacy": 3}, "legacy: found 3, expected all"),
        ("leo-nano", {"legacy": "none,bos"}, "legacy: found 'none' with others"),
    ],
)
def test_options_of_a_policy(name, options, message):
    with pytest.raises(InputError, match=message):
        make_policy(name, PolicyContext(SPACES["tabletop"], device="cpu", options=options))


def test_options_reach_leo():
    context = PolicyContext(SPACES["tabletop"], device="cpu", options={"beams": 3, "legacy": "bos"})
    policy = make_policy("leo-nano", context)
    assert policy._model.config.legacy.bos
    assert policy.acting._beams == 3
