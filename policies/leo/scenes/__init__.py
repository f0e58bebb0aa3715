"""Scenes of segmented objects, read from files."""
