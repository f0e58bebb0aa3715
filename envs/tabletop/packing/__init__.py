"""What the packing tasks have in common."""
