"""Workers carry out requests, and subscribers follow their episodes."""

import pytest

from leo_agent.rollout.environments import EnvConfig
from leo_agent.rollout.episode import Job
from leo_agent.rollout.runner import EpisodeRunner
from leo_agent.rollout.workers.local import LocalWorker
from leo_agent.rollout.workers.pool import close_workers
from leo_agent.rollout.workers.process import ProcessWorker
from leo_agent.rollout.workers.requests import Abandon, Describe, Reset, Step
from tests.leo_agent.toy import TOY_ID, ToyEnv


@pytest.mark.parametrize(("set_before", "drawn_with"), [(None, 1), ("3", 3)])
def test_workers_draw_with_one_thread_each_unless_told_otherwise(monkeypatch, set_before, drawn_with):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    if set_before:
        monkeypatch.setenv("NUMBA_NUM_THREADS", set_before)
    worker = ProcessWorker(0, EnvConfig(TOY_ID))
    worker.send(Describe(None))
    assert worker.receive().renderer == f"lines, {drawn_with} threads"
    close_workers([worker])


@pytest.mark.parametrize("make", [LocalWorker, ProcessWorker])
def test_a_worker_carries_out_requests(make):
    worker = make(0, EnvConfig(TOY_ID))
    job = Job(0, {"scene": "house_a", "episode_id": "0"}, seed=1, needs_expert=True)
    answers = []
    for request in (Describe(2), Reset(job), Step(1), Abandon(), Step("up")):
        worker.send(request)
        answers.append(worker.receive())
    close_workers([worker])
    env_info, begin, step, nothing, failure = answers
    assert env_info.embodiment == ToyEnv.embodiment
    assert env_info.measures == ToyEnv.measures
    assert len(env_info.episodes) == 6
    assert (begin.steps, begin.done, begin.invalid, begin.observation["expert_action"]) == (0, False, "", 1)
    assert (step.steps, step.observation["agent_position"][0]) == (1, 1)
    assert nothing is None
    assert "ValueError" in failure.text


def test_subscribers_follow_an_episode_from_reset_to_end():
    class Follower:
        needs_pictures = False

        def __init__(self):
            self.calls = []

        def open(self, job, env):
            return self

        def on_reset(self, result):
            self.calls.append(("reset", result.steps))

        def on_step(self, transition, result):
            self.calls.append((transition.action, int(transition.observation["agent_position"][0]), result.done))

        def discard(self):
            self.calls.append("discard")

    follower = Follower()
    runner = EpisodeRunner(EnvConfig(TOY_ID))
    job = Job(0, {"scene": "house_a", "episode_id": "0"}, seed=1, subscriptions=(follower,))
    runner.reset(job)
    runner.step(1)
    runner.step(0)
    runner.close()
    assert follower.calls == [("reset", 0), (1, 0, False), (0, 1, True), "discard"]
