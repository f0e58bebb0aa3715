"""Habitat's pathfinder rebuilt: reads `.navmesh` files and answers as habitat-sim does, without it."""

from envs.objectnav.navmesh.file_format import NavMeshSettings, read_navmesh
from envs.objectnav.navmesh.navmesh import GoalSet, NavMesh, move

__all__ = ["GoalSet", "NavMesh", "NavMeshSettings", "move", "read_navmesh"]
