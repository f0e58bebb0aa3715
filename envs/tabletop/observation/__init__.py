"""What a policy sees of the table: cameras, maps from above, object clouds."""
