"""From questions about a scene to answers in words."""
