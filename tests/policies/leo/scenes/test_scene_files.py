"""Scene files in the published layouts: what is read of them, and that the kinds agree."""

import json
import logging
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.scenes.scene_files import read_scene
from tests.policies.leo.scene_writing import (
    as_numpy_1_writes,
    made_cloud,
    mask_bytes,
    ply_bytes,
    torch_bytes,
    write_rscan,
    written,
)

XYZ, RGB, IDS = made_cloud()
POINTS = np.concatenate([XYZ, RGB / np.float32(255)], axis=1)


def check_objects(scene: ObjectScene, ids: list[int], points: np.ndarray = POINTS, of: np.ndarray = IDS) -> None:
    assert scene.ids.tolist() == ids
    for number, held in zip(ids, scene.points, strict=True):
        assert held.dtype == np.float32
        np.testing.assert_allclose(held, points[of == number], rtol=0, atol=1e-7)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("semantic", [None, np.zeros(len(XYZ), np.int64)])
def test_scannet_layout(tmp_path: Path, zipped: bool, semantic: np.ndarray | None) -> None:
    path = written(tmp_path, "scene0011_00.pth", torch_bytes((XYZ, RGB, semantic, IDS), zipped))
    scene = read_scene(path, labels={2: "chair"})
    check_objects(scene, [0, 2, 5])
    assert (scene.name, scene.up_axis, scene.labels) == ("scene0011_00", "z", ("", "chair", ""))
    expected = [POINTS[number == IDS, :3].mean(axis=0) for number in (0, 2, 5)]
    np.testing.assert_allclose(scene.centroids, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.int16, np.float32])
def test_ids_and_arrays_of_other_types(tmp_path: Path, dtype: type) -> None:
    value = [np.asfortranarray(XYZ, np.float64), RGB.astype(np.uint8), None, IDS.astype(dtype)]
    check_objects(read_scene(written(tmp_path, "a.pth", torch_bytes(value)), up_axis="y"), [0, 2, 5])


def test_numpy_1_files(tmp_path: Path) -> None:
    content = as_numpy_1_writes(torch_bytes((XYZ, RGB, None, IDS)))
    assert b"numpy._core" not in content
    assert b"numpy.core.multiarray" in content
    check_objects(read_scene(written(tmp_path, "a.pth", content)), [0, 2, 5])


def test_rscan_layout(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    labels = {5: "sofa", 0: "wall", 77: "vase", np.int64(2): "chair"}
    folder = write_rscan(tmp_path / "0cac75b1", (XYZ, RGB, IDS), labels)
    scene = read_scene(folder)
    check_objects(scene, [5, 0, 2])
    assert (scene.name, scene.labels) == ("0cac75b1", ("sofa", "wall", "chair"))
    assert "1 of 4 objects hold no point and are left out" in caplog.text
    again = read_scene(folder / "pcd-align.pth", labels={0: "window"})
    assert (again.name, again.labels) == ("0cac75b1", ("sofa", "window", "chair"))


def test_labels_from_files(tmp_path: Path) -> None:
    scene = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, IDS)))
    by_pickle = written(tmp_path, "labels.pth", torch_bytes({5: "sofa", 2: None}))
    by_json = written(tmp_path, "labels.json", json.dumps({"5": "sofa"}).encode())
    assert (
        read_scene(scene, labels=by_pickle).labels == read_scene(scene, labels=str(by_json)).labels == ("", "", "sofa")
    )


@pytest.mark.parametrize("order", ["<", ">", ""])
@pytest.mark.parametrize("name", ["instance_id", "instance", "object_id", "instance_label"])
def test_ply_in_each_encoding(tmp_path: Path, order: str, name: str) -> None:
    faces = np.array([[0, 1, 2], [2, 1, 3]])
    path = written(tmp_path, "room.ply", ply_bytes(XYZ, RGB, IDS, order, name, faces))
    check_objects(read_scene(path), [0, 2, 5])


def test_ply_of_3rscan_leaves_out_what_is_not_annotated(tmp_path: Path) -> None:
    check_objects(read_scene(written(tmp_path, "a.ply", ply_bytes(XYZ, RGB, IDS, "<", "objectId"))), [2, 5])


@pytest.mark.parametrize("order", ["<", ">", ""])
@pytest.mark.parametrize("corners", [3, 4])
def test_ply_where_only_faces_know_their_object(tmp_path: Path, order: str, corners: int) -> None:
    faces = np.arange(len(XYZ) // 4 * 4).reshape(-1, 4)[:, :corners]
    faces[1, 0] = faces[0, 1]  # a vertex of two faces
    face_ids = np.arange(len(faces)) % 3 - 1
    content = ply_bytes(XYZ, RGB, None, order, "object_id", faces, face_ids)
    expected = np.full(len(XYZ), -1)
    for face, number in zip(faces[::-1], face_ids[::-1], strict=True):
        expected[face] = number if number >= 0 else expected[face]
    check_objects(read_scene(written(tmp_path, "a.ply", content)), [0, 1], of=expected)


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_ply_whose_faces_differ_in_corners(tmp_path: Path, order: str) -> None:
    triangles, quad = np.array([[0, 1, 2], [3, 4, 5]]), (5, 6, 7, 8)
    content = ply_bytes(XYZ, RGB, None, order, "object_id", triangles, np.array([3, 9]))
    content = content.replace(b"element face 2", b"element face 3")
    content += struct.pack(f"{order}B5i", 4, *quad, 4) if order else b"4 5 6 7 8 4\n"
    expected = np.full(len(XYZ), -1)
    expected[:9] = [3, 3, 3, 9, 9, 9, 4, 4, 4]  # vertex 5 is of the second face, then of the third
    check_objects(read_scene(written(tmp_path, "a.ply", content)), [3, 4, 9], of=expected)


def test_ply_with_colours_of_float(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ply", ply_bytes(XYZ, RGB, IDS, float_colours=True, id_name="instance"))
    check_objects(read_scene(path), [0, 2, 5])


@settings(max_examples=60, deadline=None)
@given(
    xyz=arrays_of.arrays(np.float32, st.tuples(st.integers(1, 9), st.just(3)), elements=st.floats(-1e5, 1e5, width=32)),
    order=st.sampled_from(["<", ">", ""]),
    data=st.data(),
)
def test_ply_round_trip(
    tmp_path_factory: pytest.TempPathFactory, xyz: np.ndarray, order: str, data: st.DataObject
) -> None:
    rgb = data.draw(arrays_of.arrays(np.uint8, xyz.shape))
    ids = data.draw(arrays_of.arrays(np.int32, len(xyz), elements=st.integers(-3, 2**31 - 1)))
    ids[0] = abs(ids[0])
    path = written(tmp_path_factory.mktemp("ply"), "a.ply", ply_bytes(xyz, rgb, ids, order, "instance"))
    points = np.concatenate([xyz, rgb / np.float32(255)], axis=1)
    scene = read_scene(path)
    check_objects(scene, sorted({int(each) for each in ids if each >= 0}), points, ids)
    assert all(np.isin(held[:, :3], xyz).all() for held in scene.points)  # coordinates to the last bit


MASKS = np.zeros((7, len(XYZ)), bool)
MASKS[0, 3:9], MASKS[1, [0, 59]], MASKS[4, 5:7], MASKS[6] = True, True, True, True


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("kind", [np.float64, np.uint8, np.bool_])
def test_masks(tmp_path: Path, form: str, kind: type, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, "scene0011_00.pth", torch_bytes((XYZ, RGB, None, None)))
    masks = written(tmp_path, "scene0011_00.mask.npz", mask_bytes(MASKS, form, kind))
    scene = read_scene(path, masks, labels={4: "lamp"})
    assert scene.ids.tolist() == [0, 1, 4, 6]
    assert scene.labels == ("", "", "lamp", "")
    for row, held in zip(scene.ids, scene.points, strict=True):
        np.testing.assert_allclose(held, POINTS[MASKS[row]], atol=1e-7)
    assert "3 of 7 masks hold no point and are left out" in caplog.text


def test_the_first_fifty_masks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, IDS)))
    masks = written(tmp_path, "a.mask.npz", mask_bytes(np.ones((60, len(XYZ)), bool)))
    assert read_scene(path, masks).ids.tolist() == list(range(50))
    assert "the first 50 of 60 masks are read" in caplog.text


def test_the_kinds_agree(tmp_path: Path) -> None:
    """One scene as ScanNet, 3RScan, three PLYs, and proposals that are its instances."""
    folder = write_rscan(tmp_path / "scan", (XYZ, RGB, IDS), {0: "wall", 2: "chair", 5: "sofa"})
    scannet = written(tmp_path, "scan.pth", torch_bytes((XYZ, RGB, None, IDS)))
    plys = [written(tmp_path, f"{n}.ply", ply_bytes(XYZ, RGB, IDS, order, "instance")) for n, order in enumerate("<>")]
    plys.append(written(tmp_path, "2.ply", ply_bytes(XYZ, RGB, IDS, "", "instance")))
    instances = np.stack([number == IDS for number in range(6)])
    masks = written(tmp_path, "scan.mask.npz", mask_bytes(instances))
    scenes = [read_scene(each) for each in (scannet, folder, *plys)]
    scenes += [read_scene(each, masks) for each in (scannet, folder, *plys)]
    for scene in scenes[1:]:
        assert scene.ids.tolist() == scenes[0].ids.tolist()
        assert np.array_equal(scene.locations("centroid"), scenes[0].locations("centroid"))
        assert np.array_equal(scene.clouds(16), scenes[0].clouds(16))


def test_a_recorded_house_as_a_scan(tmp_path: Path) -> None:
    """The objects that an agent sees in a house, written as a scan of points with ids, are the same objects."""
    house = NavigationEnv("leo/ObjectNav-v0", dataset="tests/data/habitat_houses/objectnav/val")
    seen = ObjectScene.from_observation(house.reset(seed=0)[0], "y")
    house.close()
    points = np.concatenate(seen.points)
    ids = np.repeat(seen.ids, [len(each) for each in seen.points])
    shuffle = np.argsort(np.arange(len(ids)) % 1024, kind="stable")  # as in a scan, an object's points lie apart
    xyz, rgb, ids = points[shuffle, :3], np.rint(points[shuffle, 3:] * 255), ids[shuffle]
    order = {int(number): "thing" for number in seen.ids}
    scans = [
        read_scene(write_rscan(tmp_path / "house", (xyz, rgb, ids), order), up_axis="y"),
        read_scene(written(tmp_path, "house.ply", ply_bytes(xyz, rgb, ids, "<", "instance_id")), up_axis="y"),
    ]
    for scan in scans:
        assert scan.ids.tolist() == seen.ids.tolist()
        np.testing.assert_allclose(scan.clouds(256), seen.clouds(256), rtol=0, atol=0.51 / 255)
        # Extents of a sample are no larger than those of all points.
        assert (scan.extents <= seen.extents + 1e-5).all()
    assert set(scans[0].labels) == {"thing"}
