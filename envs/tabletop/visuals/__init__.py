"""What the table looks like and from where it is seen, for observations and for pictures alike."""
