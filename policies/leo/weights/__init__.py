"""Weights on disk: our checkpoints and the released files."""
