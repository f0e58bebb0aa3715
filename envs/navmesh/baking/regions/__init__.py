"""The floor in regions: a watershed, tidied, and the boundaries of its basins."""
