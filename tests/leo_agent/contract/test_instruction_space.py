"""Instructions come through the shared memory of vector environments as they are."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv

from leo_agent.contract.observation import InstructionSpace

TEXTS = ["go to the chair", "zur Tür", "stop"]


class Speaker(gymnasium.Env):
    """Says another text at every step."""

    action_space = spaces.Discrete(2)

    def __init__(self, offset: int) -> None:
        text = InstructionSpace(20, charset="".join(sorted(set("".join(TEXTS)))))
        self.observation_space = spaces.Dict({"instruction": text, "nested": spaces.Tuple((text,))})
        self._count = offset

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._observation(), {}

    def step(self, action):
        self._count += 1
        return self._observation(), 0.0, False, False, {}

    def _observation(self):
        text = TEXTS[self._count % len(TEXTS)]
        return {"instruction": text, "nested": (text,)}


@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("shared_memory", [True, False])
def test_texts_are_those_of_each_step(context, shared_memory):
    makers = [lambda: Speaker(0), lambda: Speaker(1)]
    envs = AsyncVectorEnv(makers, context=context, shared_memory=shared_memory)
    first, _ = envs.reset(seed=0)
    second, *_ = envs.step(np.zeros(2, np.int64))
    envs.close()
    assert first["instruction"] == first["nested"][0] == (TEXTS[0], TEXTS[1])
    assert second["instruction"] == second["nested"][0] == (TEXTS[1], TEXTS[2])


def test_without_copies_they_are_live_as_arrays_are():
    envs = AsyncVectorEnv([lambda: Speaker(0), lambda: Speaker(1)], context="fork", copy=False)
    seen = envs.reset(seed=0)[0]["instruction"]
    assert (len(seen), list(seen), seen[1], seen[:1]) == (2, TEXTS[:2], TEXTS[1], (TEXTS[0],))
    assert copy.copy(seen) == copy.deepcopy(seen) == pickle.loads(pickle.dumps(seen)) == tuple(TEXTS[:2])
    assert repr(seen) == repr(tuple(TEXTS[:2]))
    envs.step(np.zeros(2, np.int64))
    envs.close()


def test_it_is_a_text_for_all_else():
    space = InstructionSpace(5, charset="abc")
    assert space == spaces.Text(5, charset="abc")
    assert "abc" in space
    assert spaces.flatten_space(space).shape == (5,)
    assert spaces.unflatten(space, spaces.flatten(space, "cab")) == "cab"
