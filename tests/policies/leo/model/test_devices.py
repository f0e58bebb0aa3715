"""Devices by name, and complaints about those that are not there."""

import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.model.devices import choose_device


def test_devices():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(InputError, match=r"^device: found 'meta', expected auto, cpu"):
        choose_device("meta")
    with pytest.raises(InputError, match=r"^device: found 'toaster', expected auto, cpu"):
        choose_device("toaster")
