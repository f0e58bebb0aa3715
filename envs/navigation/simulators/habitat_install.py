"""Imports habitat-sim and habitat-lab where they are installed, and says how to get them where they are not."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import NotInstalledError

# --no-deps because habitat-lab pins numpy 1.26, which neither habitat-sim 0.3.4 nor this project takes.
HOW_TO_GET = """\
  conda env create -f environment-habitat.yml
  conda activate leo-habitat
  pip install --no-deps habitat-lab"""
_NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


def import_habitat(module: str, wanted_by: str) -> Any:
    """The module `habitat_sim` or `habitat` (habitat-lab).

    Raises:
        NotInstalledError: it is not installed; the message says how to get both.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise NotInstalledError(
            f"{wanted_by} needs {module}, which cannot be imported ({reason}); in a clone of this project, with conda:",
            HOW_TO_GET,
        ) from error


def gpu_device_id() -> int:
    """The device for habitat-sim to draw on: 0, or -1 without an NVIDIA driver, where 0 would end the process."""
    return 0 if _NVIDIA_DRIVER.exists() else -1
