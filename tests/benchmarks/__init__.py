"""Tests of how the benchmarks measure; none measures a time."""
