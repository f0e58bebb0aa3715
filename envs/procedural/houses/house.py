"""One house: its plan furnished, its surfaces gathered by material, its objects numbered, its light baked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.procedural.houses.light import bake_light
from leo_agent.envs.procedural.houses.palette import Palette, draw_palette
from leo_agent.envs.procedural.houses.placement import PlacedPiece, RoomSpace
from leo_agent.envs.procedural.houses.plan import FloorPlan, draw_floor_plan
from leo_agent.envs.procedural.houses.rooms import furnish
from leo_agent.envs.procedural.houses.shapes import Material, Model, Surface
from leo_agent.envs.procedural.houses.structure import build_shell


@dataclass(frozen=True, eq=False)
class House:
    """A furnished floor plan."""

    plan: FloorPlan
    palette: Palette
    shell: Model  # all that is no object, world frame
    pieces: tuple[PlacedPiece, ...]  # the objects; their ids are 1, 2, … in this order


@dataclass(frozen=True, eq=False)
class HouseMesh:
    """The triangles of a house, ordered by material."""

    vertices: NDArray[np.float32]  # (V, 3) world frame, metres
    normals: NDArray[np.float32]  # (V, 3) unit vectors
    texcoords: NDArray[np.float32]  # (V, 2) in textures
    light: NDArray[np.uint8]  # (V, 3) RGB of the vertex colours
    object_ids: NDArray[np.uint16]  # (V,) 0 for the shell
    faces: NDArray[np.int32]  # (F, 3) vertex numbers
    materials: tuple[Material, ...]  # M of them
    vertex_start: NDArray[np.int64]  # (M + 1,) material m has the vertices from vertex_start[m] to vertex_start[m + 1]
    face_start: NDArray[np.int64]  # (M + 1,) and the faces from face_start[m] to face_start[m + 1]


def draw_house(rng: np.random.Generator) -> House:
    """A new house."""
    plan = draw_floor_plan(rng)
    palette = draw_palette(rng)
    shell = build_shell(plan, palette)
    pieces: list[PlacedPiece] = []
    # Each room has a generator of its own, so that a change of one room's rules leaves the others alone.
    for room, room_rng in zip(plan.rooms, rng.spawn(len(plan.rooms)), strict=True):
        space = RoomSpace(plan, room, room_rng)
        furnish(space, palette)
        pieces += space.placed
        for model in space.loose:
            shell.add(model)
    return House(plan, palette, shell, tuple(pieces))


def _both_sides(model: Model) -> Iterator[Surface]:
    """The surfaces of a model, and the backs of those that are seen from behind too.

    habitat-sim does not draw the backs of triangles, also where a material says doubleSided.
    """
    for surface in model.surfaces:
        yield surface
        if surface.material.two_sided:
            yield replace(surface, normals=-surface.normals, faces=surface.faces[:, ::-1])


def build_mesh(house: House) -> HouseMesh:
    """The triangles of a house with baked light."""
    # All surfaces with their object's id, those of one material together, materials in the order in which they first
    # appear: the same in every process.
    surfaces = [(surface, 0) for surface in _both_sides(house.shell)]
    for number, piece in enumerate(house.pieces):
        surfaces += [(surface, number + 1) for surface in _both_sides(piece.model)]
    materials = list(dict.fromkeys(surface.material for surface, _ in surfaces))
    order = sorted(range(len(surfaces)), key=lambda i: (materials.index(surfaces[i][0].material), i))
    ordered = [surfaces[i] for i in order]
    # Where each surface, and each material, begins.
    counts = np.array([(len(surface.vertices), len(surface.faces)) for surface, _ in ordered])
    first = np.concatenate([[0], np.cumsum(counts[:, 0])])
    which = np.array([materials.index(surface.material) for surface, _ in ordered])
    ends = [np.bincount(which, counts[:, column], len(materials)).cumsum() for column in (0, 1)]
    # One array of each kind; glow is a material's, stored at each vertex.
    vertices = np.concatenate([surface.vertices for surface, _ in ordered])
    normals = np.concatenate([surface.normals for surface, _ in ordered])
    faces = np.concatenate([surface.faces + start for (surface, _), start in zip(ordered, first, strict=False)])
    glow = np.repeat([surface.material.glow for surface, _ in ordered], counts[:, 0])
    return HouseMesh(
        vertices=vertices.astype(np.float32),
        normals=normals.astype(np.float32),
        texcoords=np.concatenate([surface.texcoords for surface, _ in ordered]).astype(np.float32),
        light=bake_light(house.plan, house.pieces, vertices, normals, faces, glow),
        object_ids=np.repeat([number for _, number in ordered], counts[:, 0]).astype(np.uint16),
        faces=faces.astype(np.int32),
        materials=tuple(materials),
        vertex_start=np.concatenate([[0], ends[0]]).astype(np.int64),
        face_start=np.concatenate([[0], ends[1]]).astype(np.int64),
    )
