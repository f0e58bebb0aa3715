"""Instance ids of scans: semantic meshes of the same and of another geometry, and the files that name the ids."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.instances.labels import Labels
from leo_agent.envs.scenes.instances.semantics import instance_ids
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.envs.scenes.meshes.glb import parse_glb
from leo_agent.envs.scenes.meshes.triangles import Triangles
from tests.envs.glb_writer import GlbWriter, box, encode
from tests.envs.scenes.test_labels import HM3D, HOUSE
from tests.envs.scenes.test_ply import ply


def grid(cells: int, size: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """A square floor in the plane y = 0 of 2 * cells^2 triangles."""
    steps = np.linspace(0.0, size, cells + 1)
    vertices = np.array([[x, 0.0, z] for x in steps for z in steps], np.float32)
    first = np.array([row * (cells + 1) + column for row in range(cells) for column in range(cells)])
    a, b, c, d = first, first + 1, first + cells + 2, first + cells + 1
    return vertices, np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)


def triangles(vertices: np.ndarray, faces: np.ndarray, ids: np.ndarray | None = None) -> Triangles:
    count = len(faces)
    return Triangles(
        vertices.astype(np.float32),
        faces,
        np.full((count, 3), 200, np.uint8),
        np.ones(count, bool),
        object_ids=None if ids is None else ids.astype(np.int32),
    )


def test_ids_of_a_finer_and_a_coarser_semantic_mesh() -> None:
    """Four quarters of a floor, ids 1 to 4; faces whose centre is clear of the borders get their quarter's id."""
    rng = np.random.default_rng(0)
    shown = {}
    for drawn_cells, labelled_cells in ((7, 40), (40, 8)):
        vertices, faces = grid(labelled_cells)
        centers = vertices[faces].mean(axis=1)
        quarter = 1 + (centers[:, 0] > 2.0) + 2 * (centers[:, 2] > 2.0)
        semantic = triangles(vertices + rng.normal(size=vertices.shape) * 0.005, faces, quarter)
        vertices, faces = grid(drawn_cells)
        ids = instance_ids(triangles(vertices, faces), semantic, Labels(), "x")
        centers = vertices[faces].mean(axis=1)
        expected = 1 + (centers[:, 0] > 2.0) + 2 * (centers[:, 2] > 2.0)
        clear = np.abs(centers[:, [0, 2]] - 2.0).min(axis=1) > 0.3
        shown[drawn_cells, labelled_cells] = (ids == expected).mean()
        assert (ids == expected)[clear].all()
    print(f"ids equal: {shown}")


@pytest.mark.slow
def test_a_scan_of_a_million_triangles(tmp_path: Path) -> None:
    """A textured scan with a semantic mesh of twice as many other triangles; prints what loading takes."""
    drawn = GlbWriter()
    vertices, faces = grid(710, 14.0)
    heights = np.sin(vertices[:, :1] * 3) * np.array([[0, 0.3, 0]])
    pixels = np.random.default_rng(0).integers(0, 256, (2048, 2048, 3), np.uint8)
    material = drawn.material((1, 1, 1, 1), drawn.texture(encode(pixels, "JPEG")))
    drawn.mesh(vertices + heights, faces, material, TEXCOORD_0=(vertices[:, [0, 2]] / 14).astype("<f4"))
    drawn.save(tmp_path / "scan.glb")
    started = time.process_time()
    alone = load_scene(find_scene(tmp_path, "scan.glb", "default"), 1024)
    seconds = time.process_time() - started
    vertices, faces = grid(1000, 14.0)
    heights = np.sin(vertices[:, :1] * 3) * np.array([[0, 0.3, 0]])
    ids = 1 + (vertices[faces].mean(axis=1)[:, 0] > 7.0)
    (tmp_path / "scan_semantic.ply").write_bytes(ply(vertices + heights, faces, ids))
    (tmp_path / "scan.house").write_text(HOUSE)
    started = time.process_time()
    scene = load_scene(find_scene(tmp_path, "scan.glb", "default"), 1024)
    print(
        f"{len(alone.mesh.faces)} triangles: {seconds:.1f} s, with ids from {len(faces)} others: "
        f"{time.process_time() - started:.1f} s"
    )
    assert scene.objects.ids.tolist() == [1, 2]
    centers = scene.mesh.vertices[scene.mesh.faces].mean(axis=1)[:, 0]
    assert ((scene.mesh.ids == 2) == (centers > 7.0)).mean() > 0.999


def test_faces_far_from_the_semantic_mesh_have_no_id() -> None:
    vertices, faces = grid(10)
    aside = np.array([[0.1, 0.5, 0.1], [0.2, 0.5, 0.1], [0.1, 0.5, 0.2]])
    drawn = triangles(np.concatenate([vertices, aside]), np.concatenate([faces, [[121, 122, 123]]]))
    ids = instance_ids(drawn, triangles(vertices, faces, np.full(200, 6)), Labels(), "x")
    assert ids.tolist() == [6] * 200 + [0]
    with pytest.raises(InputError, match=r"x: found 100% of the drawn surface further than 0.2 m"):
        instance_ids(drawn, triangles(vertices + np.array([0, 3, 0]), faces, np.full(200, 6)), Labels(), "x")


def test_coincident_faces_keep_their_order() -> None:
    vertices, faces = grid(1)
    twice = np.concatenate([faces, faces[:, [1, 2, 0]]])
    ids = instance_ids(triangles(vertices, twice), triangles(vertices, twice, np.array([1, 2, 3, 4])), Labels(), "x")
    assert ids.tolist() == [1, 2, 3, 4]


def linear(color: int) -> list[float]:
    """0xRRGGBB as linear numbers, which COLOR_0 holds."""
    parts = np.array([color >> 16, color >> 8 & 255, color & 255]) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4).tolist()


def scan(semantics: str) -> tuple[GlbWriter, GlbWriter]:
    """A drawn and a semantic mesh of a room of two boxes, z up: chair at x < 0, wall at x > 0; its front is +y."""
    drawn, labelled = GlbWriter(), GlbWriter()
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:, :2], picture[:, 2:] = [0xFF, 0x00, 0xAA], [0x00, 0xFF, 0x00]
    texture = labelled.texture(picture) if semantics == "texture" else None
    for low, high, color, u in (
        ((-2, 0, 0), (-1, 1, 1), 0xFF00AA, 0.2),
        ((1, 0, 0), (2, 1, 2), 0x00FF00, 0.8),
    ):
        vertices, faces = box(low, high)
        drawn.mesh(vertices, faces, drawn.material((0.5, 0.5, 0.5, 1)))
        if semantics == "texture":
            texcoords = np.full((8, 2), u, "<f4")
            labelled.mesh(vertices, faces, labelled.material((1, 1, 1, 1), texture), TEXCOORD_0=texcoords)
        else:
            labelled.mesh(vertices, faces, COLOR_0=np.array([linear(color)] * 8, "<f4"))
    return drawn, labelled


HM3D_CONFIG = {
    "stages": {
        "paths": {".glb": ["val/*/*.basis.glb"]},
        "default_attributes": {
            "shader_type": "flat",
            "up": [0, 0, 1],
            "front": [0, 1, 0],
            "origin": [0, 0, 0],
            "semantic_descriptor_filename": "%%CONFIG_NAME_AS_ASSET_FILENAME%%.semantic.txt",
            "semantic_asset": "%%CONFIG_NAME_AS_ASSET_FILENAME%%.semantic.glb",
            "has_semantic_textures": True,
        },
    },
    "scene_instances": {"paths": {".json": ["val/*/*.basis.scene_instance.json"]}},
}


def check_room(scene: Any) -> None:
    assert scene.objects.ids.tolist() == [1, 7]
    assert scene.objects.categories == ["chair", "wall"]
    # x right, z up, y ahead in the file; x right, y up, z back in the world.
    assert np.allclose(scene.objects.boxes[0], [-1.5, 0.5, -0.5, 1, 1, 1], atol=1e-6)
    assert np.allclose(scene.objects.boxes[1], [1.5, 1.0, -0.5, 1, 2, 1], atol=1e-6)
    assert (scene.mesh.ids == np.repeat([1, 7], 12)).all()


@pytest.mark.parametrize("semantics", ["texture", "colours"])
@pytest.mark.parametrize("config", ["default", "hm3d_annotated_basis.scene_dataset_config.json"])
def test_a_scan_as_hm3d_has_it(tmp_path: Path, semantics: str, config: str) -> None:
    drawn, labelled = scan(semantics)
    folder = tmp_path / "val" / "00800-TEEsavR23oF"
    drawn.save(folder / "TEEsavR23oF.basis.glb")
    labelled.save(folder / "TEEsavR23oF.semantic.glb")
    (folder / "TEEsavR23oF.semantic.txt").write_text(HM3D)
    (folder / "TEEsavR23oF.basis.navmesh").write_bytes(b"")
    attributes = {**HM3D_CONFIG["stages"]["default_attributes"], "has_semantic_textures": semantics == "texture"}
    stages = {**HM3D_CONFIG["stages"], "default_attributes": attributes}
    (tmp_path / "hm3d_annotated_basis.scene_dataset_config.json").write_text(
        json.dumps({**HM3D_CONFIG, "stages": stages})
    )
    files = find_scene(tmp_path, "val/00800-TEEsavR23oF/TEEsavR23oF.basis.glb", config)
    assert files.navmesh == folder / "TEEsavR23oF.basis.navmesh"
    check_room(load_scene(files, 16))
    # Where the same scene lies beside it with pictures that can be read, that one is drawn.
    drawn.save(folder / "TEEsavR23oF.glb")
    again = find_scene(tmp_path, "val/00800-TEEsavR23oF/TEEsavR23oF.basis.glb", config)
    assert again.render_asset == folder / "TEEsavR23oF.glb"
    check_room(load_scene(again, 16))
    # A scene of the dataset that nobody annotated.
    (folder / "TEEsavR23oF.semantic.glb").unlink()
    (folder / "TEEsavR23oF.semantic.txt").unlink()
    bare = load_scene(find_scene(tmp_path, "val/00800-TEEsavR23oF/TEEsavR23oF.basis.glb", config), 16)
    assert len(bare.objects) == 0


def test_colours_that_nothing_names_are_no_instances(tmp_path: Path) -> None:
    drawn, labelled = scan("texture")
    drawn_mesh = parse_glb(drawn.content(), "x")
    semantic = parse_glb(labelled.content(), "x.semantic.glb", labels=True)
    ids = instance_ids(drawn_mesh, semantic, Labels(color_ids={0x00FF00: 3}), "x")
    assert ids.tolist() == [0] * 12 + [3] * 12
    with pytest.raises(InputError, match=r"found none of the 1 colours that name instances"):
        instance_ids(drawn_mesh, semantic, Labels(color_ids={5: 3}), "x")
    with pytest.raises(InputError, match=r"expected a \.semantic\.txt"):
        instance_ids(drawn_mesh, semantic, Labels(), "x")


@pytest.mark.parametrize("config", ["default", "mp3d.scene_dataset_config.json"])
def test_a_scan_as_matterport3d_has_it(tmp_path: Path, config: str) -> None:
    """Ids from `_semantic.ply`, another geometry than the drawn one, and names from `.house`; all with z up."""
    drawn, _ = scan("colours")
    drawn.save(tmp_path / "mp3d" / "scan" / "scan.glb")
    parts = [box((-2.003, 0, 0), (-1, 1, 1.004)), box((1, 0, 0.002), (2, 1.003, 2))]
    vertices = np.concatenate([part[0] for part in parts])
    faces = np.concatenate([parts[0][1], parts[1][1] + 8])
    (tmp_path / "mp3d" / "scan" / "scan_semantic.ply").write_bytes(ply(vertices, faces, np.repeat([1, 7], 12)))
    house = HOUSE.replace("O 2 0 1", "O 7 0 1").replace("22 tv_monitor", "1 wall")
    (tmp_path / "mp3d" / "scan" / "scan.house").write_text(house)
    (tmp_path / "mp3d.scene_dataset_config.json").write_text('{"stages": {"paths": {".glb": ["mp3d/*/*.glb"]}}}')
    check_room(load_scene(find_scene(tmp_path, "mp3d/scan/scan.glb", config), 16))
