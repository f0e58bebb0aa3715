"""Recast's way from triangles to a navigation mesh: voxels, floor, regions, contours, polygons, detail meshes."""

from leo_agent.envs.navmesh.baking.bake import OBJECTNAV_SETTINGS, compute_navmesh
from leo_agent.envs.navmesh.baking.keeping import bake_navmesh

__all__ = ["OBJECTNAV_SETTINGS", "bake_navmesh", "compute_navmesh"]
