"""Texts about procedural houses: what is said follows from the house, word by word."""
