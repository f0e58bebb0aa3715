"""Tests of how the packages are built: who imports whom, and how large anything may be."""
