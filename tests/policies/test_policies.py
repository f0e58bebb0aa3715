"""The registry, the ways to name a policy, and the baselines."""

import hashlib
import json
import sys
from dataclasses import replace

import huggingface_hub
import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.contract.policy import Policy
from leo_agent.policies import registry
from leo_agent.policies.leo.weights.checkpoint import save_pretrained
from leo_agent.policies.loading import make_policy
from leo_agent.policies.registry import policy_names, registered_policies
from leo_agent.policies.replay import ReplayPolicy
from tests.policies.leo import tiny
from tests.policies.leo.tiny import observation

WORLDS = list(tiny.BODIES)
EMPTY = tiny.context("navigation")


def test_scan_finds_every_policy():
    assert {"random", "expert", "stop", "forward", "leo-nano"} <= set(policy_names())


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", sorted(set(registered_policies()) - {"expert"}))  # its actions are the environment's
def test_every_registered_policy_acts_inside_the_space(world, name):
    policy = make_policy(name, tiny.context(world))
    assert isinstance(policy, Policy)
    assert policy.name == name
    policy.reset([0, 1])
    for action in policy.act([observation(world, 1, 0), observation(world, 2, 1)], ["find a chair"] * 2):
        assert tiny.BODIES[world].action_space().contains(action)
        if world == "tabletop":
            assert np.allclose(action["pick"][3:5], 0)
            assert np.isclose(np.linalg.norm(action["pick"][3:]), 1)


def test_random_draws_are_those_of_earlier_versions():
    """Drawn before the embodiments drew them: episode seeds 7 and 8 of the run with seed 4."""
    pair = [observation("navigation", 7, slot=0), observation("navigation", 8, slot=1)]
    policy = make_policy("random", tiny.context("navigation", seed=4))
    drawn = [action for _ in range(5) for action in policy.act(pair, ["", ""])]
    assert drawn == [5, 0, 5, 3, 4, 0, 2, 5, 2, 0]
    policy = make_policy("random", tiny.context("tabletop", seed=4))
    (first,) = policy.act([observation("tabletop", 7)], [""])
    assert hashlib.sha256(first["pick"].tobytes() + first["place"].tobytes()).hexdigest()[:8] == "c24783fa"


def test_random_draws_depend_on_the_episode_alone():
    first = make_policy("random", tiny.context("navigation", seed=3))
    alone = [first.act([observation("navigation", 7)], [""])[0] for _ in range(20)]
    second = make_policy("random", tiny.context("navigation", seed=3))
    pair = [observation("navigation", 9, slot=0), observation("navigation", 7, slot=5)]
    together = [second.act(pair, ["", ""])[1] for _ in range(20)]
    assert alone == together
    first.reset([0])
    assert alone == [first.act([observation("navigation", 7)], [""])[0] for _ in range(20)]
    assert set(alone) > {0, 1}


@pytest.mark.parametrize("name", ["expert", "random", "stop", "forward"])
def test_a_policy_without_a_device_takes_none(name):
    assert make_policy(name, replace(EMPTY, device="cpu")).name == name
    with pytest.raises(InputError, match=f"device: found 'foo', but policy '{name}' has no device to choose"):
        make_policy(name, replace(EMPTY, device="foo"))


def test_expert_repeats_what_the_environment_says():
    policy = make_policy("expert", EMPTY)
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
        "class Walker:\n    name = 'walker'\n    def reset(self, indices): pass\n"
        "    def act(self, observations, instructions): return [1]\n"
    )
    monkeypatch.chdir(tmp_path)
    walker = make_policy("my_walker:Walker", EMPTY)
    assert isinstance(walker, Policy)  # what it does not say has its defaults
    assert (walker.name, walker.needs_expert, walker.fingerprint()) == ("walker", False, None)
    assert walker.act([{}], [""]) == [1]
    with pytest.raises(InputError, match="policy 'my_walker:Walker': unknown option 'speed'; it has none"):
        make_policy("my_walker:Walker", tiny.context("navigation", options={"speed": 1}))  # built from nothing
    with pytest.raises(InputError, match="device: found 'cuda', but policy 'my_walker:Walker', built from"):
        make_policy("my_walker:Walker", replace(EMPTY, device="cuda"))
    with pytest.raises(InputError, match="has no class 'Runner'; it has Walker"):
        make_policy("my_walker:Runner", EMPTY)


@pytest.mark.parametrize(
    ("name", "message"),
    [("nonsense", "expert.*random"), ("no_such_module:Policy", "no module named 'no_such_module'")],
)
def test_unknown_names_say_what_exists(name, message):
    with pytest.raises(InputError, match=message):
        make_policy(name, EMPTY)


def test_folder_without_config(tmp_path):
    with pytest.raises(InputError, match=r"config\.json is missing"):
        make_policy(str(tmp_path), EMPTY)


def test_a_hub_id_is_a_policy_and_a_path_is_none(tmp_path, monkeypatch):
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "kept")
    asked = []
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda name, **_: asked.append(name) or str(tmp_path / "kept")
    )
    assert make_policy("someone/leo-tiny", EMPTY).name == "leo-tiny"
    assert set(asked) == {"someone/leo-tiny"}
    monkeypatch.chdir(tmp_path)
    for wrong in ("kept/policy", "someone/leo/tiny", "/nowhere/nothing", "../nothing"):
        with pytest.raises(InputError, match=r"^policy: found .*, expected one of expert"):
            make_policy(wrong, EMPTY)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("random", {"beams": 5}, "policy 'random': unknown option 'beams'; it has none"),
        ("leo-nano", {"beam": 5}, "policy 'leo-nano': unknown option 'beam'; it has beams, legacy"),
        ("leo-nano", {"beams": 0}, "beams: found 0, expected a whole number, 1 to 524"),
        ("leo-nano", {"beams": "many"}, "beams: found 'many'"),
        ("leo-nano", {"legacy": "bos,speed"}, "legacy: found 'speed', expected all"),
        ("leo-nano", {"legacy": 3}, "legacy: found 3, expected all"),
        ("leo-nano", {"legacy": "none,bos"}, "legacy: found 'none' with others"),
    ],
)
def test_options_of_a_policy(name, options, message):
    with pytest.raises(InputError, match=message):
        make_policy(name, tiny.context("tabletop", options=options))


def test_options_reach_leo():
    context = tiny.context("tabletop", options={"beams": 3, "legacy": "bos"})
    policy = make_policy("leo-nano", context)
    assert policy._model.config.legacy.bos
    assert policy.runner._beams == 3


@pytest.fixture
def walkers(tmp_path, monkeypatch):
    """A module of one's own that registers a policy and a family of weights, and a folder of such weights."""
    (tmp_path / "walkers.py").write_text(
        "from leo_agent.policies.registry import register_policy, register_weights\n"
        "class Walker:\n"
        "    def __init__(self, step): self.step = step\n"
        "    def reset(self, indices): pass\n"
        "    def act(self, observations, instructions): return [self.step] * len(observations)\n"
        "@register_policy('test-walker', ('step',))\n"
        "def make(context): return Walker(context.options.get('step', 1))\n"
        "@register_weights('walkers', recognises=lambda config: config.get('format') == 'walker', options=('fast',))\n"
        "def load(folder, context): return Walker(2)\n"
    )
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text(json.dumps({"format": "walker"}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_POLICIES", dict(registry._POLICIES))
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    yield
    sys.modules.pop("walkers", None)


def test_a_module_of_ones_own_registers_a_policy(walkers):
    context = tiny.context("navigation", options={"step": 3})
    assert make_policy("walkers:test-walker", context).act([{}], [""]) == [3]
    assert make_policy("test-walker", context).act([{}], [""]) == [3]  # known from now on
    with pytest.raises(InputError, match="policy 'test-walker': unknown option 'pace'; it has step"):
        make_policy("test-walker", tiny.context("navigation", options={"pace": 3}))


def test_a_second_family_of_weights(walkers, tmp_path):
    with pytest.raises(InputError, match=r"weights/config\.json: found format 'walker', which no family .* are leo$"):
        make_policy("weights", EMPTY)
    assert make_policy("walkers:weights", EMPTY).act([{}], [""]) == [2]
    assert make_policy("weights", EMPTY).act([{}], [""]) == [2]
    with pytest.raises(InputError, match="policy 'weights': unknown option 'beams'; it has fast"):
        make_policy("weights", tiny.context("navigation", options={"beams": 3}))
    save_pretrained(tiny.model(), tiny.tokenizer(), tmp_path / "leo")
    assert make_policy("leo", EMPTY).name == "leo-tiny"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"model_type": "llama"}', "found format None, which no family of weights recognises; the families are leo"),
        ("[1]", "found list, which no family"),
        ("{", "not JSON"),
    ],
)
def test_a_config_of_no_family(content, message, tmp_path):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(InputError, match=message):
        make_policy(str(tmp_path), EMPTY)


def test_names_are_registered_once():
    with pytest.raises(ValueError, match="policy 'random' is registered twice"):
        registry.register_policy("random")(lambda context: None)
    with pytest.raises(ValueError, match="the family of weights 'leo' is registered twice"):
        registry.register_weights("leo", recognises=lambda config: True)(lambda folder, context: None)
