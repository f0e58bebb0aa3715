"""An episode of a tabletop task is the same bit for bit, whatever ran before, beside it, and in whichever process."""

import hashlib
import json
import multiprocessing
import subprocess
import sys

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.episode_numbers import episode_seed
from leo_agent.rollout import rollout
from tests.envs.tabletop.tabletop_tasks import ids_without_files, tasks_without_files

SMALL = {"width": 64, "height": 48, "num_points": 32, "cameras": ["left"]}
STEPS = 2


def update(result, value):
    """Hash a nest of observations and infos, dtypes and shapes included."""
    if isinstance(value, dict):
        for key in sorted(value):
            update(result, key)
            update(result, value[key])
    elif isinstance(value, np.ndarray):
        result.update(f"{value.dtype}{value.shape}".encode())
        result.update(np.ascontiguousarray(value).tobytes())
    else:
        result.update(repr(value).encode())


def step_results(environment, episode_id):
    """Everything an episode of random actions near the objects hands out, step by step."""
    rng = np.random.default_rng(episode_id)
    result = environment.reset(seed=1, options={"episode_id": episode_id})
    for _ in range(STEPS):
        yield result
        boxes = result[0]["object_boxes"][result[0]["object_mask"]]
        action = {name: np.array([0, 0, 0.02, 0, 0, *rng.normal(size=2)]) for name in ("pick", "place")}
        for part in action.values():
            part[:2] = rng.choice(boxes)[:2] + rng.normal(0, 0.01, 2)
        result = environment.step(action)
    yield result


def digest(environment, episode_id):
    result = hashlib.sha256()
    for step_result in step_results(environment, episode_id):
        for part in step_result:
            update(result, part)
    return result.hexdigest()


def digests(tasks):
    """Task -> hash, each in an environment of its own."""
    result = {}
    for task in tasks:
        environment = TabletopEnv(task=task, **SMALL)
        result[task] = digest(environment, 3)
        environment.close()
    return result


@pytest.fixture(scope="module")
def alone():
    """Task -> hash of its episode 3, from a fresh process."""
    program = f"""
import json
from tests.envs.tabletop.test_determinism import digests
print(json.dumps(digests({tasks_without_files()})))
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    return json.loads(answer.stdout.splitlines()[-1])


def test_the_order_of_tasks_changes_nothing(alone):
    assert digests(list(reversed(tasks_without_files()))) == alone


@pytest.mark.parametrize("task", tasks_without_files())
def test_what_ran_before_in_the_same_environment_changes_nothing(task, alone):
    environment = TabletopEnv(task=task, **SMALL)
    digest(environment, 8)
    digest(environment, 3)
    assert digest(environment, 3) == alone[task]
    environment.close()


def test_environments_that_take_turns_do_not_disturb_each_other(alone):
    environments = {task: TabletopEnv(task=task, **SMALL) for task in tasks_without_files()}
    hashes = {task: hashlib.sha256() for task in environments}
    episodes = [step_results(environment, 3) for environment in environments.values()]
    for turn in zip(*episodes, strict=True):
        for task, step_result in zip(hashes, turn, strict=True):
            for part in step_result:
                update(hashes[task], part)
    assert {task: each.hexdigest() for task, each in hashes.items()} == alone
    for environment in environments.values():
        environment.close()


def test_forked_processes_do_not_disturb_each_other(alone):
    tasks = tasks_without_files()
    parents = [TabletopEnv(task=task, **SMALL) for task in tasks]
    for environment in parents:
        environment.reset(seed=0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        answers = pool.map(digests, [[task] for task in tasks], chunksize=1)
    assert {task: value for answer in answers for task, value in answer.items()} == alone
    for task, environment in zip(tasks, parents, strict=True):
        assert digest(environment, 3) == alone[task]
        environment.close()


class HashingPolicy:
    """Acts at random by what it sees, and remembers a hash of every observation."""

    name = "hashing"

    def __init__(self):
        self.seen = []

    def reset(self, indices):
        """Nothing is kept from episode to episode."""

    def act(self, observations, instructions):
        """An action near the objects for each observation, drawn from its hash."""
        actions = []
        for observation in observations:
            result = hashlib.sha256()
            update(result, {key: value for key, value in observation.items() if key != "slot"})  # which worker it is
            self.seen.append(result.hexdigest())
            rng = np.random.default_rng(int(self.seen[-1][:12], 16))
            boxes = observation["object_boxes"][observation["object_mask"]]
            pick, place = rng.choice(boxes)[:2], rng.uniform((0.3, -0.4), (0.7, 0.4))
            actions.append({"pick": [*pick, 0.02, 0, 0, 0, 1], "place": [*place, 0.02, 0, 0, *rng.normal(size=2)]})
        return actions


@pytest.mark.slow
@pytest.mark.parametrize("env_id", ids_without_files())
def test_one_and_eight_workers_see_and_score_the_same(env_id, tmp_path):
    results = []
    for workers in (1, 8):
        policy = HashingPolicy()
        out = tmp_path / str(workers)
        options = {"width": 64, "height": 48, "num_points": 32}
        report = rollout(
            env_id, policy, out=out, env_options=options, progress=False, episodes=8, workers=workers, seed=5
        )
        lines = [
            {key: line[key] for key in ("episode_id", "seed", "instruction", "steps", "measures", "outcome")}
            for line in report.results
        ]
        results.append((sorted(lines, key=lambda line: int(line["episode_id"])), sorted(policy.seen)))
    assert results[0] == results[1]
    assert len(results[0][0]) == 8
    assert not any(line["outcome"] == "error" for line in results[0][0])


@pytest.mark.parametrize(
    ("mode", "numbers", "seeds"),
    [
        ("train", (0, 1, 999), (0, 2, 1998)),
        ("val", (0, 1, 4999), (1, 3, 9999)),
        ("test", (0, 1, 99), (10001, 10003, 10199)),
    ],
)
def test_episodes_have_the_seeds_of_the_original(mode, numbers, seeds):
    assert tuple(episode_seed(mode, number) for number in numbers) == seeds
    environment = TabletopEnv(mode=mode, width=64, height=48, num_points=32)
    options = environment.episode_options(None)
    assert [each["episode_id"] for each in options] == [str(number) for number in range(100)]
    for number, seed in zip(numbers, seeds, strict=True):
        assert environment.reset(options={"scene": None, "episode_id": str(number)})[1]["episode_info"]["seed"] == seed
    environment.close()
    with pytest.raises(InputError):
        episode_seed("val", 5000)
