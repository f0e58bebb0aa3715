"""Procedural houses: floor plans, furniture, textures and light, written as a Habitat scene dataset with episodes."""
