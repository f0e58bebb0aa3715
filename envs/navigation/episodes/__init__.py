"""Episodes of navigation: how they are stored, read, chosen and drawn."""
