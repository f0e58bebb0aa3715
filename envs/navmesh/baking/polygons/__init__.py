"""The outlines of regions, and the convex polygons that fill them."""
