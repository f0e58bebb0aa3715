"""LEO's side of every embodiment: actions are answers and back, and a new embodiment is one new file."""

import sys

import numpy as np
import pytest

from leo_agent.contract.embodiments import EMBODIMENTS
from leo_agent.contract.errors import InputError
from leo_agent.contract.navigation import ACTIONS, NavigationEmbodiment
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.embodiments import base
from leo_agent.policies.leo.embodiments.lookup import leo_embodiment
from leo_agent.policies.leo.text.action_tokens import NAVIGATION_ACTIONS
from tests.policies.leo import tiny

CRANE = """
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from leo_agent.contract.embodiment import Embodiment
from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.embodiments.base import LeoEmbodiment, register_embodiment
from leo_agent.policies.leo.text.action_tokens import U, V


@dataclass(frozen=True, kw_only=True)
class Crane(Embodiment):
    name, up_axis, image_key, action_names = "crane", "z", "image", ("u", "v")

    def action_space(self):
        return spaces.MultiDiscrete([U.size, V.size])

    def to_vector(self, action):
        return np.array(action)

    def from_vector(self, vector):
        return tuple(vector)

    def draw_action(self, rng):
        return self.action_space().sample()

    def done_action(self):
        return (0, 0)


@register_embodiment("crane")
class LeoCrane(LeoEmbodiment):
    task, padding = "USER: Lift {instruction}. Past actions: ", (U.start, V.start)
    mask = ActionMask.of(U.indices, V.indices)

    def encode(self, action):
        return U.start + action[0], V.start + action[1]

    def decode(self, indices, observation):
        return indices[0] - U.start, indices[1] - V.start

    def objects_meant(self, boxes, ids, action, goal_ids):
        return np.isin(ids, goal_ids)
"""


@pytest.mark.parametrize("world", EMBODIMENTS)
def test_every_embodiment_has_its_side_whose_answers_are_its_actions(world):
    leo, rng, view = leo_embodiment(EMBODIMENTS[world]()), np.random.default_rng(0), tiny.observation(world, 1)
    assert len(leo.padding) == leo.mask.length
    for _ in range(50):
        answer = leo.encode(leo.embodiment.draw_action(rng))
        assert all(allowed[index] for allowed, index in zip(leo.mask.allowed, answer, strict=True))
        action = leo.decode(answer, view)
        assert leo.embodiment.action_space().contains(action)
        assert leo.encode(action) == answer
    assert leo.encode(leo.embodiment.done_action()) == leo.padding


def test_navigation_is_mapped_by_name():
    leo = tiny.leo("navigation")
    assert np.flatnonzero(leo.mask.allowed[0]).tolist() == [0, 1, 3, 4, 5, 6]
    four = leo_embodiment(NavigationEmbodiment(num_actions=4))
    assert np.flatnonzero(four.mask.allowed[0]).tolist() == [0, 1, 3, 4]
    for action, name in enumerate(ACTIONS):
        assert leo.encode(action) == (NAVIGATION_ACTIONS.index(name),)
        assert leo.decode(leo.encode(action), {}) == action
    with pytest.raises(InputError, match="action index 2 is move_backward, which Habitat's agent lacks"):
        leo.decode((2,), {})
    with pytest.raises(InputError, match="action index 8 is no navigation action"):
        leo.decode((8,), {})
    for action in (-1, 6):
        with pytest.raises(InputError, match=f"found {action}"):
            leo.encode(action)


def test_a_third_embodiment_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "crane.py").write_text(CRANE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import crane

    body = crane.Crane()
    try:
        policy = LeoPolicy(tiny.model(), tiny.tokenizer(), tiny.PolicyContext(body, device="cpu"))
        for step in range(6):
            (action,) = policy.act([tiny.observation("navigation", step)], ["the ball"])
            assert body.action_space().contains(np.array(action))
        assert len(policy._episode(0).past) == 6
    finally:
        del base.REGISTERED["crane"], sys.modules["crane"]
    with pytest.raises(InputError, match="embodiment: found crane, LEO acts as navigation or tabletop"):
        leo_embodiment(body)
