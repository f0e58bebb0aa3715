"""Environments are made by their ids, with complaints in one line."""

import math
import sys

import gymnasium
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.rollout.environments import EnvConfig, make_environment
from tests.leo_agent.toy import ToyEnv


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("expert_clearance_m", "abc", "float"),
        ("expert_clearance_m", math.nan, "float"),
        ("expert_stop_within_m", math.inf, "float | None"),
        ("num_points", 2.5, "int"),
        ("hfov_deg", True, "float"),
        ("split", 3, "str"),
    ],
)
def test_an_option_of_another_type_is_one_clear_line(name, value, expected):
    config = EnvConfig("leo/ObjectNav-v0", {"dataset": "tests/data/habitat_houses/objectnav/val", name: value})
    with pytest.raises(InputError, match=f"^{name}: found .*, expected {expected.replace('|', '.')}"):
        make_environment(config)


def test_an_unknown_option_is_one_clear_line_that_begins_with_it():
    config = EnvConfig("leo/ObjectNav-v0", {"colour": 1})
    with pytest.raises(InputError, match=r"^colour: leo/ObjectNav-v0 has no such option; it has agent_height_m, "):
        make_environment(config)


@pytest.mark.parametrize(
    ("env_id", "task"), [("leo/PointNav-v0", "leo/ObjectNav-v0"), ("leo/PutBlocksInBowls-v0", "packing-shapes")]
)
def test_the_task_that_an_id_stands_for_is_no_option(env_id, task):
    with pytest.raises(InputError, match=f"^task: {env_id} has no such option; it has (?!.*task)"):
        make_environment(EnvConfig(env_id, {"task": task}))


class TimedEnv(ToyEnv):
    """Has a step limit of its own, as navigation has."""

    def __init__(self, max_episode_steps: int | None = None):
        super().__init__()
        self.limit = max_episode_steps


def test_a_step_limit_reaches_the_environment():
    """`gymnasium.make` keeps an argument of that name to itself: the environment's own limit would stay as it is."""
    gymnasium.register("leo/TimedToy-v0", entry_point=TimedEnv)
    try:
        env = make_environment(EnvConfig("leo/TimedToy-v0", {"max_episode_steps": 1000}))
        assert env.unwrapped.limit == 1000
        assert env.spec.kwargs["max_episode_steps"] == 1000  # what config.json tells
        env.close()
    finally:
        gymnasium.registry.pop("leo/TimedToy-v0")


class TaskEnv(ToyEnv):
    """Has a task with options of its own, which it checks itself."""

    def __init__(self, split: str = "val", render_mode: str | None = None, **task_options):
        unknown = sorted(task_options.keys() - {"num_distractors"})
        if unknown:
            raise InputError(f"{unknown[0]}: not an option of the task, expected num_distractors")
        super().__init__(split, render_mode=render_mode)


def test_options_of_a_task_reach_the_environment_which_checks_them():
    gymnasium.register("leo/TaskToy-v0", entry_point=TaskEnv)
    try:
        make_environment(EnvConfig("leo/TaskToy-v0", {"num_distractors": 3})).close()
        with pytest.raises(InputError, match="colour: not an option of the task"):
            make_environment(EnvConfig("leo/TaskToy-v0", {"colour": 1}))
        with pytest.raises(InputError, match=r"^split: found 3, expected str"):
            make_environment(EnvConfig("leo/TaskToy-v0", {"split": 3}))
    finally:
        gymnasium.registry.pop("leo/TaskToy-v0")


def test_a_module_of_ones_own_in_the_working_folder(tmp_path, monkeypatch):
    """Console scripts do not look there by themselves."""
    (tmp_path / "my_toy.py").write_text(
        "import gymnasium\n"
        "gymnasium.register('leo/MyToy-v0', entry_point='tests.leo_agent.toy:ToyEnv')\n"
    )  # fmt: skip
    (tmp_path / "my_broken.py").write_text("one = 1\none / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place not in ("", str(tmp_path))])
    try:
        make_environment(EnvConfig("my_toy:leo/MyToy-v0")).close()
    finally:
        gymnasium.registry.pop("leo/MyToy-v0", None)
        sys.modules.pop("my_toy", None)
    with pytest.raises(InputError, match=r"env: 'my_broken:leo/X-v0': importing my_broken failed: .*my_broken\.py:2\)"):
        make_environment(EnvConfig("my_broken:leo/X-v0"))
    with pytest.raises(InputError, match="env: 'my_lost:leo/X-v0': no module named 'my_lost' in "):
        make_environment(EnvConfig("my_lost:leo/X-v0"))
