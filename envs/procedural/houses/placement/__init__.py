"""Puts furniture into rooms: against walls, on floors, on walls and on other furniture, and keeps ways free."""

from leo_agent.envs.procedural.houses.placement.arrangement import Arrangement, Piece, dressed
from leo_agent.envs.procedural.houses.placement.space import PlacedPiece, RoomSpace, Spot

__all__ = ["Arrangement", "Piece", "PlacedPiece", "RoomSpace", "Spot", "dressed"]
