"""Mesh files of scenes: glTF and PLY."""
