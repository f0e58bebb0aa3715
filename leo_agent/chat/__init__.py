"""Questions about a scene."""
