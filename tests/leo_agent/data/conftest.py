"""The made houses and tables, their data, and who judges of what is said of tables."""

from functools import cache

import pytest

from leo_agent.data.sets.base import find_set
from tests.leo_agent.data.table_judge import TableJudge
from tests.leo_agent.made_data import houses, made, tables

__all__ = ["houses", "made", "tables"]


@pytest.fixture(scope="module")
def judge_of(tables):
    return cache(lambda name: TableJudge(tables, name))


@pytest.fixture(scope="module")
def table_items(tables):
    splits = ("train", "val")
    return lambda name: [
        item for split in splits if find_set(name).files(split) for item in find_set(name).read(tables, split)
    ]
