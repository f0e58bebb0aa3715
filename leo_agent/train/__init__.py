"""Fits a LEO policy to demonstrations by imitation of the expert's actions."""
