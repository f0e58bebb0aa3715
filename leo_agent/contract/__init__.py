"""The words that all packages share: observations, environments, policies, embodiments, measures, errors, checks.

Imports NumPy and Gymnasium alone, and nothing of the project, so that every package may import it.
"""
