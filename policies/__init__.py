"""The decisions: the LEO model with its action tokens, and the baselines."""
