"""From observations to actions."""
