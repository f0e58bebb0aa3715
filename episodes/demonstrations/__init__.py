"""Demonstrations in LeRobot's v3 layout, with object clouds."""
