"""Texts about procedural houses."""
