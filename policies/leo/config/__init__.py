"""What a LEO model is, as numbers."""
