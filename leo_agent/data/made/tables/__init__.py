"""Texts about tabletop scenes: what is drawn, what is true of it, what is said."""
