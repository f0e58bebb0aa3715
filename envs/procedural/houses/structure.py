"""The shell of a house: floors, walls with openings, ceilings, frames of doors and windows."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.houses.palette import Palette
from leo_agent.envs.procedural.houses.plan import FloorPlan, Opening, Rect, Room, Wall, walls_of
from leo_agent.envs.procedural.houses.plan.geometry import WALL_M, Hole
from leo_agent.envs.procedural.houses.shapes import Material, Model, box, panel
from leo_agent.envs.procedural.houses.shapes.model import Range

# Lowest point of a house: Recast then puts the navmesh 0.10 m above the floor, as in many scans.
SLAB_M = 0.10
_STEP_M = 0.55  # floors and walls are divided so finely that light can vary over them
_WET = ("bathroom", "laundry_room")
_TILED_TO_M = 2.05


def build_shell(plan: FloorPlan, palette: Palette) -> Model:
    """Everything that is not furniture, in the world frame; made to be seen from inside, outer faces are bare."""
    shell = Model()
    outline = plan.outline
    box(shell, palette.grey, (outline.x0, outline.x1), (-SLAB_M, 0.0), (outline.z0, outline.z1), ["top"])
    facade = Material("plaster", (0.86, 0.83, 0.78), 1.5)
    box(shell, facade, (outline.x0, outline.x1), (0.0, plan.height), (outline.z0, outline.z1), ["top", "bottom"])
    for number, room in enumerate(plan.rooms):
        paint = Material("plaster", palette.wall_colors[number % len(palette.wall_colors)], 1.5)
        _floor(shell, room.rect, _floor_material(room, palette))
        _ceiling(shell, room.rect, plan.height)
        for wall in walls_of(plan, room):
            _wall(shell, wall, plan.height, paint, palette)
        _wall_tops(shell, room.rect, plan.height)
    for opening in plan.openings:
        if opening.kind in ("door", "passage"):
            _threshold(shell, opening, palette)
    return shell


def _floor_material(room: Room, palette: Palette) -> Material:
    if room.function in (*_WET, "kitchen"):
        return palette.bath_floor
    return palette.bedroom_floor if room.function in ("bedroom", "office") else palette.living_floor


def _steps(start: float, end: float, step: float = _STEP_M) -> NDArray[np.float64]:
    """Values from start to end at most `step` apart."""
    return np.linspace(start, end, max(1, math.ceil((end - start) / step)) + 1)


def _patch(
    model: Model,
    material: Material,
    origin: NDArray[np.float64],
    right: NDArray[np.float64],
    up: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
) -> None:
    """A grid of quads on the plane through `origin`, at u along `right` and v along `up`; front = right x up."""
    grid_u, grid_v = np.meshgrid(u, v)
    vertices = origin + grid_u.reshape(-1, 1) * right + grid_v.reshape(-1, 1) * up
    index = np.arange(grid_u.size).reshape(grid_u.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    normals = np.broadcast_to(np.cross(right, up), vertices.shape)
    model.add_faces(material, vertices, faces, np.column_stack([grid_u.ravel(), -grid_v.ravel()]), normals)


_X, _Y, _Z = np.eye(3)


def _floor(model: Model, rect: Rect, material: Material) -> None:
    _patch(model, material, np.zeros(3), _X, -_Z, _steps(rect.x0, rect.x1), _steps(-rect.z1, -rect.z0))


def _ceiling(model: Model, rect: Rect, height: float) -> None:
    white = Material("plaster", (0.93, 0.93, 0.91), 1.5)
    _patch(model, white, height * _Y, _X, _Z, _steps(rect.x0, rect.x1, 0.8), _steps(rect.z0, rect.z1, 0.8))


def _wall_tops(model: Model, rect: Rect, height: float) -> None:
    """The cut through the walls around a room, for views from above; narrower than an agent."""
    grey, out = Material(None, (0.55, 0.54, 0.52)), WALL_M / 2.0
    whole = rect.grown(out)
    strips = (
        (whole.x0, whole.x1, whole.z0, rect.z0),
        (whole.x0, whole.x1, rect.z1, whole.z1),
        (whole.x0, rect.x0, rect.z0, rect.z1),
        (rect.x1, whole.x1, rect.z0, rect.z1),
    )
    for x0, x1, z0, z1 in strips:
        _patch(model, grey, height * _Y, _X, -_Z, np.array([x0, x1]), np.array([-z1, -z0]))


def _threshold(model: Model, opening: Opening, palette: Palette) -> None:
    """The floor inside a wall's opening."""
    along, across = (opening.start, opening.end), (opening.line - WALL_M / 2.0, opening.line + WALL_M / 2.0)
    x, z = (along, across) if opening.axis == "x" else (across, along)
    _patch(model, palette.dark_wood, np.zeros(3), _X, -_Z, np.array(x), np.array([-z[1], -z[0]]))


def _wall(model: Model, wall: Wall, height: float, paint: Material, palette: Palette) -> None:
    """One side of a room: its surface around the holes, what is inside them, frames and skirting."""
    # In the wall's own frame: x from left to right, z = 0 its face; wet rooms are tiled to the height of a door.
    half = wall.length / 2.0
    local = Model()
    tiled = wall.room.function in _WET
    bands = [(0.0, _TILED_TO_M, palette.wall_tile), (_TILED_TO_M, height, paint)] if tiled else [(0.0, height, paint)]
    for bottom, top, material in bands:
        _skin(local, wall.holes, (-half, half), (bottom, top), material)
    # What is in and around each hole; skirting runs on between those that reach the floor.
    free = -half
    for hole in wall.holes:
        if hole.opening.kind == "window":
            _window_inside(local, hole, palette)
        elif hole.opening.kind == "entrance":
            continue
        else:
            _jambs(local, hole)
            _casing(local, hole, palette)
        if hole.opening.bottom == 0.0:
            _skirting(local, (free, hole.start - 0.07), palette)
            free = hole.end + 0.07
    if not tiled:
        _skirting(local, (free, half), palette)
    x, z = wall.middle
    model.add(local, (x, 0.0, z), wall.yaw)


def _skin(model: Model, holes: tuple[Hole, ...], x: Range, y: Range, material: Material) -> None:
    """The plane z = 0 over ranges of x and y without the holes; an entrance is closed by its door."""
    open_holes = [hole for hole in holes if hole.opening.kind != "entrance"]
    cuts_x = sorted({*x, *(end for hole in open_holes for end in (hole.start, hole.end))})
    limits = {*y, *(end for hole in open_holes for end in (hole.opening.bottom, hole.opening.top))}
    cuts_y = sorted(level for level in limits if y[0] <= level <= y[1])
    for x0, x1 in itertools.pairwise(cuts_x):
        for y0, y1 in itertools.pairwise(cuts_y):
            middle_x, middle_y = (x0 + x1) / 2.0, (y0 + y1) / 2.0
            inside = any(
                hole.start < middle_x < hole.end and hole.opening.bottom < middle_y < hole.opening.top
                for hole in open_holes
            )
            if not inside:
                _patch(model, material, np.zeros(3), _X, _Y, _steps(x0, x1), _steps(y0, y1, 0.7))


def _jambs(model: Model, hole: Hole) -> None:
    """The half of an opening's inner faces that belongs to this side of the wall."""
    white, depth, top = Material(None, (0.92, 0.91, 0.89)), -WALL_M / 2.0, hole.opening.top
    _patch(model, white, np.array([hole.start, 0.0, 0.0]), -_Z, _Y, np.array([0.0, -depth]), _steps(0.0, top, 1.1))
    _patch(model, white, np.array([hole.end, 0.0, 0.0]), _Z, _Y, np.array([depth, 0.0]), _steps(0.0, top, 1.1))
    _patch(model, white, np.array([0.0, top, 0.0]), _X, _Z, np.array([hole.start, hole.end]), np.array([depth, 0.0]))


def _casing(model: Model, hole: Hole, palette: Palette) -> None:
    """The frame around a door or passage on this side."""
    wide, out, top = 0.065, (0.0, 0.018), hole.opening.top
    for x in ((hole.start - wide, hole.start), (hole.end, hole.end + wide)):
        box(model, palette.white, x, (0.0, top + wide), out, ["back", "bottom"])
    box(model, palette.white, (hole.start, hole.end), (top, top + wide), out, ["back"])


def _skirting(model: Model, x: Range, palette: Palette) -> None:
    if x[1] - x[0] > 0.05:
        box(model, palette.white, x, (0.0, 0.08), (0.0, 0.012), ["back", "bottom"])


def _window_inside(model: Model, hole: Hole, palette: Palette) -> None:
    """The reveal of a window around the hole and its sill board."""
    white, depth = Material(None, (0.95, 0.95, 0.93)), 0.10
    x, y = (hole.start, hole.end), (hole.opening.bottom, hole.opening.top)
    _patch(model, white, np.array([x[0], 0.0, 0.0]), -_Z, _Y, np.array([0.0, depth]), np.array(y))
    _patch(model, white, np.array([x[1], 0.0, 0.0]), _Z, _Y, np.array([-depth, 0.0]), np.array(y))
    _patch(model, white, np.array([0.0, y[1], 0.0]), _X, _Z, np.array(x), np.array([-depth, 0.0]))
    box(model, palette.marble, (x[0] - 0.04, x[1] + 0.04), (y[0] - 0.03, y[0]), (-depth, 0.06))


def window_model(width: float, height: float, palette: Palette, number: int) -> Model:
    """A window with its frame, a middle bar and the view outside; its lower edge is at y = 0, its front at z = 0."""
    model, half, rim = Model(), width / 2.0, 0.05
    view = Material(f"window_view#{number % 3}", (1.0, 1.0, 1.0), glow=1.0)
    panel(model, view, (-half, half), (0.0, height), -0.095)
    for x in ((-half, -half + rim), (half - rim, half)):
        box(model, palette.white, x, (0.0, height), (-0.095, -0.04), ["back"])
    for y in ((0.0, rim), (height - rim, height)):
        box(model, palette.white, (-half + rim, half - rim), y, (-0.095, -0.04), ["back"])
    if width > 0.8:
        box(model, palette.white, (-0.035, 0.035), (rim, height - rim), (-0.095, -0.035), ["back"])
        box(model, palette.chrome, (0.0, 0.018), (height * 0.45, height * 0.45 + 0.11), (-0.035, 0.0))
    return model


def door_leaf(width: float, height: float, palette: Palette, paint: Material) -> Model:
    """A panelled door leaf seen from its front (z > 0), standing in the plane z = 0 from -width/2 to width/2."""
    model, half = Model(), width / 2.0
    box(model, paint, (-half, half), (0.008, height), (0.0, 0.04))
    for y in ((0.16, 0.92), (1.08, height - 0.15)):
        for z, out in ((0.04, 0.046), (0.0, -0.006)):
            box(model, paint.shaded(0.9), (-half + 0.13, half - 0.13), y, (min(z, out), max(z, out)))
    for plate, lever in (((0.04, 0.048), (0.07, 0.09)), ((-0.008, 0.0), (-0.05, -0.03))):
        box(model, palette.brass, (half - 0.09, half - 0.06), (0.98, 1.10), plate)
        box(
            model, palette.brass, (half - 0.085, half - 0.065), (1.03, 1.05), (min(*plate, *lever), max(*plate, *lever))
        )
        box(model, palette.brass, (half - 0.18, half - 0.065), (1.03, 1.05), lever)
    return model


def entrance_door(opening: Opening, palette: Palette) -> Model:
    """The closed front door in its frame, standing before a wall."""
    width, height = opening.end - opening.start, opening.top
    model = Model()
    for x in ((-width / 2.0 - 0.07, -width / 2.0), (width / 2.0, width / 2.0 + 0.07)):
        box(model, palette.white, x, (0.0, height + 0.07), (0.0, 0.05))
    box(model, palette.white, (-width / 2.0, width / 2.0), (height, height + 0.07), (0.0, 0.05))
    model.add(door_leaf(width, height, palette, palette.dark_wood), (0.0, 0.0, 0.002))
    return model
