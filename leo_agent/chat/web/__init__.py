"""A page to ask a LEO model about a scene, served to this machine alone."""
