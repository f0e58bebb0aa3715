"""Episodes of navigation: how they are stored, read and chosen, whatever the task."""
