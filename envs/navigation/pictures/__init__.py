"""Pictures for people: the agent's view beside a map from above."""
