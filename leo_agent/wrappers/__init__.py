"""Gymnasium wrappers for learners that want numbers: flat actions, tokenised instructions, observations of arrays."""

from leo_agent.wrappers.actions import FlatAction
from leo_agent.wrappers.instructions import TokenizedInstruction
from leo_agent.wrappers.learning import for_learning

__all__ = ["FlatAction", "TokenizedInstruction", "for_learning"]
