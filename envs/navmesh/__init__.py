"""Habitat's pathfinder rebuilt: reads, bakes and writes `.navmesh` files, and answers as habitat-sim does."""

from leo_agent.envs.navmesh.baking import OBJECTNAV_SETTINGS, bake_navmesh, compute_navmesh
from leo_agent.envs.navmesh.file_format import read_navmesh
from leo_agent.envs.navmesh.file_layout import NavMeshFile, NavMeshSettings
from leo_agent.envs.navmesh.file_writer import write_navmesh
from leo_agent.envs.navmesh.motion import ahead, filtered_step, shifted, turn, turn_in_place, walk_forward
from leo_agent.envs.navmesh.navmesh import GoalMap, GoalSet, GoalTracker, NavMesh

__all__ = [
    "OBJECTNAV_SETTINGS",
    "GoalMap",
    "GoalSet",
    "GoalTracker",
    "NavMesh",
    "NavMeshFile",
    "NavMeshSettings",
    "ahead",
    "bake_navmesh",
    "compute_navmesh",
    "filtered_step",
    "read_navmesh",
    "shifted",
    "turn",
    "turn_in_place",
    "walk_forward",
    "write_navmesh",
]
