"""Scenes of the table as JSON and back."""
