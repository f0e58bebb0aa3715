"""Tests of the documentation: what it names exists, what it shows runs."""
