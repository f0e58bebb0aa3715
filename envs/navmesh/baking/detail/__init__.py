"""The detail mesh of each polygon, which follows the heights of the floor."""
