"""What training keeps in the user's cache folder goes to a folder of the tests; compiled code stays where it is."""

import pytest

from leo_agent.train.samples import cloud_store, frozen_features
from tests.leo_agent.train import runs


@pytest.fixture(scope="session", autouse=True)
def training_cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache") / "training"
    with pytest.MonkeyPatch.context() as patch:
        for module in (cloud_store, frozen_features):
            patch.setattr(module, "CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """A folder with a tiny policy and a dataset of each world, called walks and bowls."""
    return runs.start(tmp_path_factory.mktemp("start"))
