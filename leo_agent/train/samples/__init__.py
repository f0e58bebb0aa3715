"""Demonstrations as batches of samples for the LEO model."""
