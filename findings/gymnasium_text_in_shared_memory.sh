#!/usr/bin/env bash
# gymnasium 1.4.0: with AsyncVectorEnv's shared memory, which is the default, every Text observation is a constant.
#
# behaviour: an environment says "hello bowl", then "second text", in a Dict space with a Text. SyncVectorEnv, and
#   AsyncVectorEnv with shared_memory=False, give these. With shared memory both observations hold the first character
#   of the charset, max_length times: `read_from_shared_memory` turns a Text into strings at once, and AsyncVectorEnv
#   calls it once, when it is made and nothing was written yet. Arrays are views of the memory and do change.
# seen: sync: hello bowl, second text | async, not shared: hello bowl, second text | async, shared: aaaaaaaaaaaaaaaaaaaa,
#   aaaaaaaaaaaaaaaaaaaa
# So: a policy that reads its instruction there acts on none, without a word. Pass shared_memory=False, or register a
#   reader for a subclass of Text whose answer reads anew when it is copied.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet gymnasium==1.4.0 numpy==2.4.6
cat > texts.py <<'PY'
import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv


class Speaker(gymnasium.Env):
    def __init__(self):
        text = spaces.Text(20, charset="abcdehlnotwsx ")
        self.observation_space = spaces.Dict({"x": spaces.Box(0, 9, (1,)), "text": text})
        self.action_space = spaces.Discrete(2)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        return {"x": np.ones(1, np.float32), "text": "hello bowl"}, {}

    def step(self, action):
        return {"x": np.full(1, 2, np.float32), "text": "second text"}, 0.0, False, False, {}


def said(envs):
    first, _ = envs.reset(seed=0)
    second, *_ = envs.step(np.zeros(1, np.int64))
    envs.close()
    assert (first["x"].item(), second["x"].item()) == (1, 2)
    return f"{first['text'][0]}, {second['text'][0]}"


if __name__ == "__main__":
    sync = said(SyncVectorEnv([Speaker]))
    plain = said(AsyncVectorEnv([Speaker], shared_memory=False))
    shared = said(AsyncVectorEnv([Speaker]))
    print(f"sync: {sync} | async, not shared: {plain} | async, shared: {shared}")
    assert sync == plain == "hello bowl, second text"
    assert shared == f"{'a' * 20}, {'a' * 20}", "the behaviour has changed"
PY
env/bin/python texts.py
