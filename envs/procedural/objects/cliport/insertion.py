"""The L-shaped block and the fixture of thin walls that it goes into (of Ravens)."""

from __future__ import annotations

from leo_agent.envs.procedural.objects.meshes.figures import MM, Bar, Figure, strokes
from leo_agent.envs.procedural.objects.meshes.hulls import convex_hull
from leo_agent.envs.procedural.objects.meshes.primitives import box_mesh, joined_meshes
from leo_agent.envs.procedural.objects.registry import register_shape
from leo_agent.envs.procedural.objects.shape import Shape

ELL_HEIGHT_M = 0.04
ROOM_M = (0.1, 0.1)  # what CLIPort keeps free

# Millimetres from where the middles of the two arms meet; each arm is 30 wide and ends 65 away.
_ELL = strokes((25, -15, 25, 15, 80), (0, 15, 0, 65, 30))
_WALLS = (
    Bar(25, -25, 50, 1), Bar(0, 75, 25, 1), Bar(50, 25, 25, 1),
    Bar(-25, 25, 1, 52.5), Bar(25, 50, 1, 27.5), Bar(75, 0, 1, 27.5),
)  # fmt: skip


@register_shape("ell block")
def ell_block() -> Shape:
    """A block like a letter L with arms of 8 cm, 3 cm wide and 4 cm high; its frame lies where the arms meet."""
    half = ELL_HEIGHT_M / 2
    vertices, faces = _ELL.mesh(half)
    size = (0.08, 0.08, ELL_HEIGHT_M)
    return Shape("L shape block", vertices, faces, _ELL.parts(half), convex_hull(vertices[:, :2]), size, ROOM_M)


@register_shape("ell fixture")
def ell_fixture() -> Shape:
    """Walls 2 mm thick about 1 cm off a block that stands at the same pose."""
    half = ELL_HEIGHT_M / 2
    meshes = [box_mesh((wall.half_x * MM, wall.half_y * MM, half), (wall.x * MM, wall.y * MM, 0)) for wall in _WALLS]
    vertices, faces = joined_meshes(meshes)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    size = (float(high[0] - low[0]), float(high[1] - low[1]), ELL_HEIGHT_M)
    parts = Figure((), _WALLS).parts(half)
    return Shape("L shape hole", vertices, faces, parts, convex_hull(vertices[:, :2]), size, ROOM_M)
