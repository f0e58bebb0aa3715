"""The houses on which habitat-sim and habitat-lab 0.3.4 recorded their answers (tests/data/habitat_houses/README.md).

LEO_RECORDED_HOUSES names another folder with the same files, to hold the tests of recorded answers against that one.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

HOUSES = Path(os.environ.get("LEO_RECORDED_HOUSES", Path(__file__).parents[1] / "data" / "habitat_houses"))
CONFIG = next(HOUSES.glob("*.scene_dataset_config.json")).name
NAMES = sorted(path.name.removesuffix(".golden.npz") for path in HOUSES.glob("*.golden.npz"))


@cache
def recorded_episodes() -> list[dict[str, Any]]:
    """habitat-lab's episodes: actions, poses, sensors and measures at every step."""
    with gzip.open(HOUSES / "measures_val.json.gz", "rt") as file:
        return json.load(file)
