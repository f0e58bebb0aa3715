"""`leo-agent envs` tells what the registries hold."""

import pytest

from leo_agent import catalog
from leo_agent.contract.errors import InputError
from leo_agent.envs import env_ids
from tests.leo_agent.toy import TOY_ID

BOWLS = "leo/PutBlocksInBowls-v0"


def test_the_overview_lists_every_environment():
    assert [line.split()[0] for line in catalog.overview().splitlines()[2:]] == env_ids()


@pytest.mark.parametrize("env_id", env_ids())
def test_every_environment_is_described(env_id):
    description = catalog.describe(env_id)
    assert catalog.documentation(env_id) in description
    assert "options of the constructor:\n  " in description


def test_measures_that_the_class_tells_are_listed():
    assert "measures: success (Success %), spl (SPL %), distance (Distance left m)" in catalog.describe(TOY_ID)


def test_options_and_tags_of_a_task_are_listed():
    description = catalog.describe(BOWLS)
    assert description.split("\n\n")[1].startswith("Put all blocks of one colour into bowls of another")
    assert "tags: cliport, leo-table5, unseen-colors" in description
    assert "measures: success (Success %), score (Score %)" in description
    assert "options of the task:\n  num_distractors (from 0 to 9, by default 6)" in description


def test_measures_of_a_navigation_task_are_listed():
    description = catalog.describe("leo/PointNav-v0")
    assert "splits: those of the dataset" in description
    assert "\n  task = " not in description  # what the id stands for is no option
    assert "spl (SPL %)" in description
    assert "distance_to_goal (Distance to goal m)" in description


def test_an_unknown_environment_is_reported():
    with pytest.raises(InputError, match=r"env: found 'leo/No-v0' .*leo/ObjectNav-v0"):
        catalog.describe("leo/No-v0")
