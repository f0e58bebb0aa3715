"""A task and a measure from a user's own files become an environment, tables and rollouts without any other change."""

import json
import sys

import gymnasium
import pytest

from leo_agent.contract.navigation import LEFT, STOP
from leo_agent.envs.navigation.tasks import task_ids
from leo_agent.rollout import rollout
from tests.envs.navigation.small_sets import BLIND, objectnav

MEASURE = '''
from leo_agent.envs.navigation.measures import EpisodeState, register_measure
from leo_agent.contract.navigation import LEFT, RIGHT

@register_measure("turns", label="Turns", unit="turns")
def turns(state: EpisodeState) -> float:
    """How often the agent turned."""
    return float(sum(action in (LEFT, RIGHT) for action in state.actions))
'''
TASK = '''
import own_measure
from leo_agent.envs.navigation.tasks import register_task
from leo_agent.envs.navigation.tasks.objectnav import ObjectNav

@register_task("leo/CalmNav-v0")
class CalmNav(ObjectNav):
    """Find an instance of a category, with few turns."""

    measures = (*ObjectNav.measures, "turns")
    success_distance_m = 1.0

    def reward(self, state):
        return super().reward(state) - 0.1 * own_measure.turns(state)
'''


@pytest.fixture
def own_modules(tmp_path, monkeypatch):
    """The folder of the two files, importable for the test."""
    (tmp_path / "own_measure.py").write_text(MEASURE)
    (tmp_path / "own_task.py").write_text(TASK)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    gymnasium.registry.pop("leo/CalmNav-v0", None)
    for name in ("own_measure", "own_task"):
        sys.modules.pop(name, None)


def test_importing_the_module_is_all_it_takes(own_modules):
    env = gymnasium.make("own_task:leo/CalmNav-v0", dataset=objectnav(own_modules / "set"), **BLIND)
    plain = env.unwrapped
    assert "leo/CalmNav-v0" in task_ids()
    assert (plain.measures[-1].label, plain.measures[-1].unit, plain.measures[-1].headline) == ("Turns", "turns", True)
    env.reset(seed=0)
    _, reward, _, _, info = env.step(LEFT)
    assert reward == pytest.approx(-0.01 - 0.1)
    assert info["measures"]["turns"] == 1.0
    assert info["episode_info"]["env"] == "leo/CalmNav-v0"
    env.step(STOP)


def test_it_is_rolled_out_in_worker_processes(own_modules, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(own_modules))
    options = {"dataset": str(objectnav(own_modules / "set")), **BLIND, "scenes": str(BLIND["scenes"])}
    out = own_modules / "run"
    rollout("own_task:leo/CalmNav-v0", "expert", out=out, episodes=2, env_options=options)
    lines = [json.loads(line) for line in (out / "episodes.jsonl").read_text().splitlines()]
    assert [line["measures"]["success"] for line in lines] == [1.0, 1.0]
    assert all(line["measures"]["turns"] > 0 for line in lines)
