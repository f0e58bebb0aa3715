"""The compiled steps from triangles to pixels."""
