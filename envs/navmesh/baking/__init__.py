"""Recast's way from triangles to a navigation mesh: voxels, floor, regions, contours, polygons, detail meshes."""

from leo_agent.envs.navmesh.baking.bake import OBJECTNAV_SETTINGS, bake_navmesh

__all__ = ["OBJECTNAV_SETTINGS", "bake_navmesh"]
