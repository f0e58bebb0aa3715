"""Runs a policy in an environment, episode by episode, into a run folder."""

from leo_agent.rollout.run import rollout

__all__ = ["rollout"]
