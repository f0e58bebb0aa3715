"""Floor plans: rooms by function, the doors between them, windows."""

from leo_agent.envs.procedural.houses.plan.drawing import draw_floor_plan
from leo_agent.envs.procedural.houses.plan.geometry import FloorPlan, Opening, Rect, Room, Wall, walls_of

__all__ = ["FloorPlan", "Opening", "Rect", "Room", "Wall", "draw_floor_plan", "walls_of"]
