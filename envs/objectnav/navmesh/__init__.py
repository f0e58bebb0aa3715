"""Habitat's pathfinder rebuilt: reads `.navmesh` files and answers as habitat-sim does, without it."""

from envs.objectnav.navmesh.file_format import NavMeshSettings, read_navmesh
from envs.objectnav.navmesh.motion import ahead, filtered_step, turn, turn_in_place, walk_forward
from envs.objectnav.navmesh.navmesh import GoalSet, GoalTracker, NavMesh

__all__ = [
    "GoalSet",
    "GoalTracker",
    "NavMesh",
    "NavMeshSettings",
    "ahead",
    "filtered_step",
    "read_navmesh",
    "turn",
    "turn_in_place",
    "walk_forward",
]
