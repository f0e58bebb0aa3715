"""A house's triangles, their light and ids, and its glTF files as an independent reader and our own loader see them."""

import io

import numpy as np
import pytest
import trimesh

from leo_agent.envs.procedural.houses.glb_writer import render_glb, semantic_glb
from leo_agent.envs.procedural.houses.house import House, HouseMesh, build_mesh, draw_house
from leo_agent.envs.procedural.houses.structure import SLAB_M
from leo_agent.envs.scenes.meshes.glb import parse_glb


@pytest.fixture(scope="module")
def house() -> House:
    return draw_house(np.random.default_rng(4))


@pytest.fixture(scope="module")
def mesh(house: House) -> HouseMesh:
    return build_mesh(house)


def test_a_house_has_moderately_many_triangles_in_its_outline(house, mesh):
    print(f"{len(mesh.faces)} triangles, {len(mesh.materials)} materials, {len(house.pieces)} objects")
    assert 5_000 <= len(mesh.faces) <= 45_000
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    outline = house.plan.outline
    assert np.allclose(low, (outline.x0, -SLAB_M, outline.z0), atol=1e-5)
    assert np.allclose(high, (outline.x1, house.plan.height, outline.z1), atol=0.02)


def test_ids_are_those_of_the_pieces_and_their_boxes_agree(house, mesh):
    assert set(mesh.object_ids) == set(range(len(house.pieces) + 1))
    for number, piece in enumerate(house.pieces):
        own = mesh.vertices[mesh.object_ids == number + 1]
        assert np.allclose([own.min(axis=0), own.max(axis=0)], piece.model.bounds, atol=1e-5)
    # No triangle belongs to two objects.
    assert (mesh.object_ids[mesh.faces] == mesh.object_ids[mesh.faces[:, :1]]).all()


def test_light_falls_in_at_windows_and_fades_in_corners(house, mesh):
    """The middle of a floor is lighter than its corners, ceilings are darker than white, nothing is black."""
    brightness = mesh.light.mean(axis=1)
    assert brightness.min() > 10
    assert 110 < brightness.mean() < 235
    floor = (mesh.object_ids == 0) & (mesh.vertices[:, 1] == 0.0) & (mesh.normals[:, 1] > 0.9)
    lighter = []
    for room in house.plan.rooms:
        rect = room.rect
        x, _, z = mesh.vertices.T
        in_room = floor & (x > rect.x0 - 1e-4) & (x < rect.x1 + 1e-4) & (z > rect.z0 - 1e-4) & (z < rect.z1 + 1e-4)
        border = np.minimum(np.minimum(x - rect.x0, rect.x1 - x), np.minimum(z - rect.z0, rect.z1 - z))
        inner = in_room & (border > 0.5)
        lighter.append(brightness[inner].mean() > brightness[in_room & (border < 1e-3)].mean())
    assert np.mean(lighter) > 0.7


def test_an_independent_reader_finds_the_triangles_and_textures(mesh):
    scene = trimesh.load(io.BytesIO(render_glb(mesh, 1)), file_type="glb", process=False)
    parts = list(scene.geometry.values())
    assert len(parts) == len(mesh.materials)
    assert sum(len(part.faces) for part in parts) == len(mesh.faces)
    assert np.allclose(scene.bounds, [mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)], atol=1e-5)
    textured = [part for part in parts if part.visual.material.baseColorTexture is not None]
    assert len(textured) == sum(material.texture is not None for material in mesh.materials)
    assert all(max(part.visual.material.baseColorTexture.size) <= 256 for part in textured)
    assert all(len(part.visual.uv) == len(part.vertices) for part in textured)


def test_the_semantic_twin_has_the_same_triangles_and_the_ids(mesh):
    scene = trimesh.load(io.BytesIO(semantic_glb(mesh)), file_type="glb", process=False)
    (twin,) = scene.geometry.values()
    assert np.array_equal(twin.faces, mesh.faces)
    assert np.allclose(twin.vertices, mesh.vertices)
    ids = twin.vertex_attributes["_OBJECT_ID"]
    assert ids.dtype == np.uint16
    assert np.array_equal(ids.reshape(-1), mesh.object_ids)


def test_our_loader_reads_both_files(mesh):
    drawn = parse_glb(render_glb(mesh, 1), "house.glb")
    twin = parse_glb(semantic_glb(mesh), "house.semantic.glb")
    assert len(drawn.faces) == len(twin.faces) == len(mesh.faces)
    assert np.array_equal(twin.object_ids, mesh.object_ids[mesh.faces[:, 2]])


def test_the_seed_decides_every_byte():
    first, again = (render_glb(build_mesh(draw_house(np.random.default_rng(9))), 2) for _ in range(2))
    assert first == again
