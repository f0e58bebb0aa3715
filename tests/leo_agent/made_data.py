"""Two houses as `leo-agent scenes make` writes them, the data made of them, and that of tables alone."""

from pathlib import Path

import pytest

from leo_agent.data.making import MakingConfig, make_data
from leo_agent.envs.house_sets import HousesConfig, make_houses


@pytest.fixture(scope="session")
def houses(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("houses") / "made"
    make_houses(HousesConfig(count=2, seed=5, episodes_per_house=2), folder)
    return folder


@pytest.fixture(scope="session")
def made(houses, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "made"
    make_data(MakingConfig(houses=houses, seed=1), folder)
    return folder


@pytest.fixture(scope="session")
def tables(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "made"
    make_data(MakingConfig(tables=40, seed=1), folder)
    return folder
