"""Answers of a policy to the texts of 3D-language sets, and their scores."""
