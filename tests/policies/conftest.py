"""Tiny models are slower on several threads than on one, most of all on a busy machine."""

import pytest
import torch

from leo_agent.policies.leo.weights.importing import ReleasedFiles
from tests.policies.leo import released_files


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def files(tmp_path) -> ReleasedFiles:
    """Small files of the structure of the released ones."""
    return released_files.write_files(tmp_path)
