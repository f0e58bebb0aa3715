"""Every registered environment, small, with a dataset of its own where it needs one."""

import gymnasium

from leo_agent.envs import env_ids
from tests.envs.navigation import small_sets
from tests.envs.recorded import HOUSES
from tests.envs.tabletop.scanned_set import write_set

SMALL = {"width": 40, "height": 36, "num_points": 8, "num_objects": 12}
# habitat-lab's task needs habitat-lab; tests/envs/navigation/test_habitat.py is about it.
IDS = [env_id for env_id in env_ids() if "HabitatLab" not in env_id]
# One of each world, and the tool that pushes: for what differs by world alone, and takes long.
FEW = ["leo/ObjectNav-v0", "leo/PutBlocksInBowls-v0"]


def options_of(env_id, folder):
    """What `gymnasium.make` needs beside the id; files go into the folder."""
    if env_id in small_sets.WRITERS:
        dataset = folder / env_id.rpartition("/")[2]
        if not dataset.exists():
            small_sets.WRITERS[env_id](dataset)
        return {**SMALL, "dataset": dataset, "scenes": HOUSES}
    if "Google" in env_id:
        assets = folder / "scanned"
        return {**SMALL, "assets": str(assets if assets.exists() else write_set(assets))}
    return dict(SMALL)


def make(env_id, folder, **more):
    return gymnasium.make(env_id, **{**options_of(env_id, folder), **more})
