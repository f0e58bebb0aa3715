"""Tests find nothing in the user's cache folder and leave nothing there, but numba's compiled kernels."""

import os
import shutil
import tempfile

from leo_agent.envs.cache_folder import VARIABLE, cache_folder

os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "kernels"))
if IS_MAIN := "PYTEST_XDIST_WORKER" not in os.environ:  # its workers inherit the folder of the process that starts them
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="leo-agent-tests-")


def pytest_unconfigure():
    if IS_MAIN:
        shutil.rmtree(os.environ[VARIABLE], ignore_errors=True)
