"""How each room is furnished by its function; a new function of a room is one decorated function here."""

from leo_agent.envs.procedural.houses.rooms.registry import furnish, room_functions

__all__ = ["furnish", "room_functions"]
