"""Instance ids of scans: semantic meshes of the same and of another geometry, and the files that name the ids."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs.errors import InputError
from envs.objectnav.scene.dataset import find_scene
from envs.objectnav.scene.glb import parse_glb
from envs.objectnav.scene.labels import Labels, parse_labels
from envs.objectnav.scene.loading import load_scene
from envs.objectnav.scene.nearest import nearest_faces
from envs.objectnav.scene.ply import parse_ply
from envs.objectnav.scene.semantics import instance_ids
from envs.objectnav.scene.triangles import Triangles
from tests.envs.glb_writer import GlbWriter, box, encode

HOUSE = """ASCII 1.1
H scan label 0 0 0 0 3 3 2 1 0 1  0 0 0 0 0  0 0 0 9 9 9  0 0 0 0 0
L 0 1 a  0 0 0  0 0 0 9 9 9  0 0 0 0 0
R 0 0 0 0 l  0 0 0  0 0 0 9 9 9  3  0 0 0 0
C 0 5 dining#chair 3 chair 0 0 0 0 0
C 1 9 tv 22 tv_monitor 0 0 0 0 0
O 0 0 -1  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
O 1 0 0  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
O 2 0 1  0 0 0  1 0 0  0 1 0  1 1 1 0 0 0 0 0 0 0 0
E 0 1 17 1.0  0 0 0  0 0 0 1 1 1  0 0 0 0 0
"""
HM3D = 'HM3D Semantic Annotations\n1,FF00AA,"chair",3\n2,0A0B0C,"table, round",3\n\n7,00FF00,"wall",1\n'


def test_house_file() -> None:
    assert parse_labels(HOUSE.encode(), "scan.house") == Labels({1: "chair", 2: "tv_monitor"})


def test_hm3d_file() -> None:
    expected = Labels({1: "chair", 2: "table, round", 7: "wall"}, {}, {0xFF00AA: 1, 0x0A0B0C: 2, 0x00FF00: 7})
    assert parse_labels(HM3D.encode(), "a.semantic.txt") == expected
    assert parse_labels(HM3D.replace("\n", "\r\n").encode(), "a.semantic.txt") == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([{"id": 4, "category": "bed"}], Labels({4: "bed"})),
        ({"classes": [{"id": 3, "name": "sofa"}]}, Labels({}, {3: "sofa"})),
        (
            {"classes": [{"id": 3, "name": "sofa"}], "objects": [{"id": 8, "class_id": 3}, {"id": 9, "class_id": -1}]},
            Labels({8: "sofa"}, {3: "sofa"}),
        ),
        ({"objects": [{"id": 2, "class_": "couch", "location": [0, 0, 0]}]}, Labels({2: "couch"})),
    ],
)
def test_json_descriptors(document: Any, expected: Labels) -> None:
    assert parse_labels(json.dumps(document).encode(), "x.json") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not valid JSON"),
        (b"7", "expected a list of instances, found 7"),
        (b"{}", "expected a list of instances, or an object with 'classes' or 'objects'"),
        (b'[{"id": "1", "category": "x"}]', "instance 0 needs an integer 'id'"),
        (HM3D.encode() + b"x,FF00AA,chair,3", r"line 6 is .*expected id,RRGGBB,\"category\",region"),
        (HM3D.encode() + b'99999999999,FF00AA,"chair",3', "line 6"),
        (HOUSE.encode() + b"O 3 0 5", "found no category 5 before it"),
        (HOUSE.encode() + b"O 3", "expected an integer as word 4"),
        (b'{"classes": [], "objects": [3]}', r"objects\[0\] must be an object"),
    ],
)
def test_what_is_wrong_with_labels_is_named(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_labels(content, "labels")


def ply(vertices: np.ndarray, faces: np.ndarray, ids: np.ndarray, order: str = "<", count: int | None = None) -> bytes:
    """A semantic mesh as Matterport3D's: coordinates, colours, and object_id a face; order "" is ascii."""
    kind = {"<": "binary_little_endian", ">": "binary_big_endian", "": "ascii"}[order]
    header = f"""ply
format {kind} 1.0
comment made by a test
element vertex {len(vertices)}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
element face {len(faces) if count is None else count}
property list uchar int vertex_indices
property int object_id
end_header
""".encode()
    corners = faces.shape[1]
    if order == "":
        rows = [f"{x} {y} {z} 1 2 3" for x, y, z in vertices.tolist()]
        rows += [
            " ".join(map(str, [corners, *face, number]))
            for face, number in zip(faces.tolist(), ids.tolist(), strict=True)
        ]
        return header + "\n".join(rows).encode()
    points = np.zeros(len(vertices), [("xyz", f"{order}f4", (3,)), ("rgb", "u1", (3,))])
    points["xyz"] = vertices
    polygons = np.zeros(len(faces), [("n", "u1"), ("corners", f"{order}i4", (corners,)), ("id", f"{order}i4")])
    polygons["n"], polygons["corners"], polygons["id"] = corners, faces, ids
    return header + points.tobytes() + polygons.tobytes()


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_ply_in_each_encoding(order: str) -> None:
    vertices, faces = box((0, 0, 0), (1, 2, 3))
    ids = np.arange(12) - 1
    triangles = parse_ply(ply(vertices, faces, ids, order), "scan_semantic.ply")
    assert np.array_equal(triangles.vertices, vertices)
    assert np.array_equal(triangles.faces, faces)
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [0, *range(11)]


def test_ply_of_quads() -> None:
    vertices, _ = box((0, 0, 0), (1, 1, 1))
    triangles = parse_ply(ply(vertices, np.array([[0, 1, 3, 2], [4, 6, 7, 5]]), np.array([5, 6])), "x.ply")
    assert triangles.faces.tolist() == [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5]]
    assert triangles.object_ids is not None
    assert triangles.object_ids.tolist() == [5, 5, 6, 6]


BOX_PLY = ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\3\4", "expected a PLY file"),
        (b"ply\nformat ascii 1.0\n", "found no end_header"),
        (BOX_PLY.replace(b"little_endian 1.0", b"little_endian 2.0"), "expected 'format'"),
        (BOX_PLY.replace(b"element vertex 8", b"element vertex 8000000000"), "found 8000000000 records of 15 bytes"),
        (BOX_PLY.replace(b"element face 12", b"element face 99999999"), "found 99999999 records of 17 bytes"),
        (BOX_PLY.replace(b"element face 12", b"element face 0"), "found no faces"),
        (BOX_PLY.replace(b"float x", b"quad x"), "expected 'property'"),
        (BOX_PLY.replace(b"property float y", b"property float x"), "expected each property of 'vertex' once"),
        (BOX_PLY[:-1], "expected fewer"),
        (ply(*box((0, 0, 0), (1, np.nan, 3)), np.arange(12)), "positions that are not finite"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1, 8]]), np.array([1])), "a corner that is none of its 8"),
        (ply(box((0, 0, 0), (1, 1, 1))[0], np.array([[0, 1]]), np.array([1])), "a face of 2 corners"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "").replace(b"1 2 3", b"1 two 3"), "data that are not numbers"),
        (ply(*box((0, 0, 0), (1, 2, 3)), np.arange(12), "")[:-6], r"found \d+ numbers, expected 12 times 5"),
    ],
)
def test_what_is_wrong_with_a_ply_file_is_named(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_ply(content, "scan_semantic.ply")
    assert "\n" not in str(caught.value)


def closest_by_force(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distances (N, F) from points to triangles, over a fine raster of each triangle."""
    steps = np.linspace(0.0, 1.0, 41)
    weights = np.array([[1 - u - v, u, v] for u in steps for v in steps if u + v <= 1.0 + 1e-9])
    raster = np.einsum("wk,fkc->fwc", weights, corners)
    return np.linalg.norm(points[:, None, None] - raster[None], axis=-1).min(axis=-1)


def test_nearest_faces_against_brute_force() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.choice([0.05, 0.3, 2.0], (60, 1, 1))
    corners = rng.random((60, 1, 3)) * 2 + rng.normal(size=(60, 3, 3)) * sizes
    corners[:5, 2] = corners[:5, 1]  # without area
    points = rng.random((80, 3)) * 2.5
    rows, weights = nearest_faces(corners.reshape(-1, 3), np.arange(180).reshape(60, 3), points, 0.4)
    found = np.linalg.norm(np.einsum("nk,nkc->nc", weights, corners[rows]) - points, axis=1)
    best = closest_by_force(corners, points).min(axis=1)
    assert (weights >= -1e-12).all()
    assert np.allclose(weights[rows >= 0].sum(axis=1), 1.0)
    assert (found[rows >= 0] <= best[rows >= 0] + 1e-9).all()
    assert (best[rows < 0] > 0.4).all()
    assert 0 < (rows < 0).sum() < 40
    print(f"nearest faces: {np.abs(found - best)[rows >= 0].max():.4f} m from the brute-force raster at most")


def test_a_face_far_larger_than_the_others_is_found() -> None:
    small = np.random.default_rng(0).random((3000, 3, 3)) * 0.02 + np.arange(3000)[:, None, None] % 7
    corners = np.concatenate([small, [[[-1e7, -50, -1e7], [1e7, -50, 0], [0, -50, 1e7]]]])
    faces = np.arange(3001 * 3).reshape(-1, 3)
    rows, _ = nearest_faces(corners.reshape(-1, 3), faces, np.array([[500.0, -49.9, 3.0], [500.0, 0.0, 3.0]]), 0.2)
    assert rows.tolist() == [3000, -1]


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
