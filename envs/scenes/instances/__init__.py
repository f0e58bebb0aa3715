"""Which face belongs to which object, and what the object is called."""
