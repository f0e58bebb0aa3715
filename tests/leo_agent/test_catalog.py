"""`leo-agent envs` tells what the registries hold."""

import sys
from dataclasses import dataclass
from types import ModuleType

import pytest
from leo_agent.envs import env_ids
from leo_agent.envs.tabletop import tasks

from leo_agent import catalog
from leo_agent.contract.errors import InputError
from tests.leo_agent.toy import TOY_ID

BOWLS = "leo/PutBlocksInBowls-v0"


def test_the_overview_lists_every_environment():
    assert [line.split()[0] for line in catalog.overview().splitlines()[2:]] == env_ids()


@pytest.mark.parametrize("env_id", env_ids())
def test_every_environment_is_described(env_id):
    told = catalog.describe(env_id)
    assert catalog.documentation(env_id) in told
    assert "options of the constructor:\n  " in told


def test_measures_that_the_class_tells_are_listed():
    assert "measures: success (Success %), spl (SPL %), distance (Distance left m)" in catalog.describe(TOY_ID)


def test_options_and_tags_of_a_task_are_listed(monkeypatch):
    module = ModuleType("a_task_of_mine", "Bowls and more.")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    @dataclass(frozen=True)
    class Bowls:
        num_distractors: int = 6
        tags = ("leo-table5", "unseen-colors")

    Bowls.__module__ = module.__name__
    monkeypatch.setattr(tasks, "registered_tasks", lambda: {"put-blocks-in-bowls": Bowls})
    told = catalog.describe(BOWLS)
    assert "Bowls and more." in told
    assert "tags: leo-table5, unseen-colors" in told
    assert "options of the task:\n  num_distractors = 6" in told


def test_an_unknown_environment_is_told():
    with pytest.raises(InputError, match=r"env: found 'leo/No-v0' .*leo/ObjectNav-v0"):
        catalog.describe("leo/No-v0")
