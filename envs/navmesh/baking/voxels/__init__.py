"""Triangles to solid voxels, and the places among them where an agent can stand."""
