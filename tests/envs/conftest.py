"""What several test files of the worlds share."""

import pytest

from tests.envs.tabletop.scanned_set import write_set


@pytest.fixture(scope="session")
def assets(tmp_path_factory):
    """A folder with a box for each of CLIPort's scanned objects."""
    return str(write_set(tmp_path_factory.mktemp("scanned")))
