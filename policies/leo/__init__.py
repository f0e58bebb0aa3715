"""The LEO agent: one language model that reads a scene's objects, an image and text, and answers with actions."""
