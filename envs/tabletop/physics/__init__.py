"""Bodies, arm and tools in PyBullet."""
