"""From observations to actions, and from questions to answers."""
