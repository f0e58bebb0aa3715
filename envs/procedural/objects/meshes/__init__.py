"""Triangle meshes and flat figures that shapes are built from."""
