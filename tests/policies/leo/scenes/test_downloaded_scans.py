"""Scans as their datasets are downloaded, and .ply files that know classes alone."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.scenes.class_splitting import split_classes
from leo_agent.policies.leo.scenes.scene_files import read_scene
from tests.envs.glb_writer import box
from tests.policies.leo.scene_writing import ply_bytes, written

CHAIR, TABLE = 5, 7
# Three chairs metres apart, a table that touches the first, and a floor that nobody annotated.
CORNERS = [(0, 0, 0), (4, 0, 0), (0, 4, 0), (1, 0, 0), (-5, -5, -1)]
CLASSES = np.repeat([CHAIR, CHAIR, CHAIR, TABLE, 0], 8)
BOXES = [box(corner, tuple(np.add(corner, 1))) for corner in CORNERS]
XYZ = np.concatenate([vertices for vertices, _ in BOXES])
FACES = np.concatenate([faces + 8 * number for number, (_, faces) in enumerate(BOXES)])
RGB = np.tile([10, 20, 30], (len(XYZ), 1))
SCAN = "scene0000_00"


def centres(scene: Any) -> list[list[float]]:
    return scene.box_centers.round(3).tolist()


@pytest.mark.parametrize("order", ["<", ">", ""])
def test_a_class_is_split_by_faces_with_a_word(tmp_path: Path, order: str, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, "room.ply", ply_bytes(XYZ, RGB, CLASSES, order, "label", FACES))
    scene = read_scene(path)
    assert scene.ids.tolist() == [1, 2, 3, 4]
    assert centres(scene) == [[0.5, 0.5, 0.5], [4.5, 0.5, 0.5], [0.5, 4.5, 0.5], [1.5, 0.5, 0.5]]
    assert scene.labels == ("", "", "", "")
    assert "'label' is a class: its 4 objects are the parts" in caplog.text


def test_classes_of_faces(tmp_path: Path) -> None:
    face_classes = CLASSES[FACES[:, 0]]
    path = written(tmp_path, "room.ply", ply_bytes(XYZ, RGB, None, "<", "label", FACES, face_classes))
    assert len(read_scene(path).ids) == 4


def test_corners_at_the_same_place_hang_together(tmp_path: Path) -> None:
    """Every triangle with three vertices of its own, as exporters write them."""
    path = written(tmp_path, "room.ply", ply_bytes(XYZ[FACES.ravel()], RGB[FACES.ravel()], CLASSES[FACES.ravel()], "<",
                   "label", np.arange(FACES.size).reshape(-1, 3)))  # fmt: skip
    assert centres(read_scene(path)) == [[0.5, 0.5, 0.5], [4.5, 0.5, 0.5], [0.5, 4.5, 0.5], [1.5, 0.5, 0.5]]


@pytest.mark.parametrize("faces", [None, FACES[:0]])
def test_a_class_without_faces_is_refused_with_a_way_on(tmp_path: Path, faces: np.ndarray | None) -> None:
    path = written(tmp_path, "room.ply", ply_bytes(XYZ, RGB, CLASSES, "<", "label", faces))
    with pytest.raises(
        InputError, match=r"'label' is a class, .*; expected ids of instances \(instance_id, "
    ) as caught:
        read_scene(path)
    assert "\n" not in str(caught.value)


def test_an_instance_goes_before_a_class(tmp_path: Path) -> None:
    content = ply_bytes(XYZ, RGB, np.repeat([0, 1, 2, 3, -1], 8), "", "instance", FACES)
    rows = content.replace(b"property int instance\n", b"property int instance\nproperty int label\n").split(b"\n")
    first = rows.index(b"end_header") + 1
    rows[first : first + len(XYZ)] = [row + b" 5" for row in rows[first : first + len(XYZ)]]
    assert read_scene(written(tmp_path, "a.ply", b"\n".join(rows))).ids.tolist() == [0, 1, 2, 3]


def test_long_chains_hang_together() -> None:
    count = 5000
    order = np.random.default_rng(0).permutation(count)
    xyz = np.arange(3 * count).reshape(-1, 3).astype(float)
    chain = np.stack([order[:-1], order[1:]], axis=1)
    assert set(split_classes(xyz, np.ones(count, np.int64), chain).tolist()) == {1}
    assert len(set(split_classes(xyz, np.ones(count, np.int64), chain[::2]).tolist())) == count // 2


def scannet(folder: Path, stem: str = f"{SCAN}_vh_clean_2", groups: str = SCAN, segs: str = ".0.010000") -> Path:
    """Each box is two segments; the chairs and the table are groups."""
    folder.mkdir(exist_ok=True)
    segments = 100 + np.arange(len(XYZ)) // 4
    listed = [
        {"id": row, "objectId": row, "segments": [100 + 2 * row, 101 + 2 * row], "label": label}
        for row, label in enumerate(["chair", "office chair", "chair", "table"])
    ]
    written(folder, f"{stem}.ply", ply_bytes(XYZ, RGB, None, "<", "x", FACES))
    written(folder, f"{stem}{segs}.segs.json", json.dumps({"segIndices": segments.tolist()}).encode())
    written(folder, f"{groups}.aggregation.json", json.dumps({"sceneId": SCAN, "segGroups": listed}).encode())
    return folder


def test_scannets_mesh_with_its_segments_and_groups(tmp_path: Path) -> None:
    folder = scannet(tmp_path / SCAN)
    for path in (folder, folder / f"{SCAN}_vh_clean_2.ply"):
        scene = read_scene(path)
        assert scene.ids.tolist() == [0, 1, 2, 3]
        assert scene.labels == ("chair", "office chair", "chair", "table")
        assert centres(scene)[:2] == [[0.5, 0.5, 0.5], [4.5, 0.5, 0.5]]
        assert all(len(points) == 8 for points in scene.points)
    assert read_scene(folder).name == SCAN


def test_scannets_finer_mesh_has_its_own_pair(tmp_path: Path) -> None:
    folder = scannet(tmp_path / SCAN, f"{SCAN}_vh_clean", f"{SCAN}_vh_clean", "")
    assert read_scene(folder / f"{SCAN}_vh_clean.ply").ids.tolist() == [0, 1, 2, 3]


def test_scannets_labels_have_the_colours_of_the_mesh(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = scannet(tmp_path / SCAN)
    labels = written(folder, f"{SCAN}_vh_clean_2.labels.ply", ply_bytes(XYZ, 0 * RGB, CLASSES, "<", "label", FACES))
    scene = read_scene(labels)
    assert scene.labels == ("chair", "office chair", "chair", "table")
    np.testing.assert_allclose(scene.points[0][:, 3:] * 255, RGB[:8], atol=1e-4)
    (folder / f"{SCAN}.aggregation.json").unlink()
    with pytest.raises(InputError, match=r"\.aggregation\.json: no such file, expected it beside .*\.segs\.json"):
        read_scene(labels)
    (folder / f"{SCAN}_vh_clean_2.0.010000.segs.json").unlink()
    (folder / f"{SCAN}_vh_clean_2.ply").unlink()
    scene = read_scene(labels)
    assert scene.labels == ("chair", "chair", "chair", "table")  # NYU40's names
    assert "its colours are those of the annotation" in caplog.text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("S_vh_clean_2.0.010000.segs.json", {"segIndices": [1, 2]}, "segments of 2 vertices, expected 40"),
        ("S_vh_clean_2.0.010000.segs.json", {"segIndices": [0.5] * 40}, "as 'segIndices', expected a list of whole"),
        ("S_vh_clean_2.0.010000.segs.json", [], "expected ScanNet's segments"),
        ("S.aggregation.json", {}, "no list 'segGroups'"),
        ("S.aggregation.json", {"segGroups": [3]}, r"segGroups\[0\]: found 3, expected an object"),
        ("S.aggregation.json", {"segGroups": [{"objectId": "1"}]}, "as 'objectId', expected a whole number"),
        ("S.aggregation.json", {"segGroups": [{"objectId": 1, "label": "x"}]}, "as 'segments', expected a list"),
        ("S.aggregation.json", {"segGroups": [{"objectId": 1, "label": 2}]}, "as 'label', expected text"),
    ],
)
def test_what_is_wrong_with_scannets_files_is_named(tmp_path: Path, name: str, content: Any, message: str) -> None:
    folder = scannet(tmp_path / "S", "S_vh_clean_2", "S")
    written(folder, name, json.dumps(content).encode())
    with pytest.raises(InputError, match=message) as caught:
        read_scene(folder)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def rscan(folder: Path, version: str = ".v2") -> Path:
    folder.mkdir(exist_ok=True)
    ids = np.repeat([3, 1, 9, 4, 0], 8)
    written(folder, f"labels.instances.annotated{version}.ply", ply_bytes(XYZ, RGB, ids, "<", "objectId", FACES))
    groups = [{"id": n, "objectId": n, "label": label} for n, label in ((9, "sofa"), (3, "chair"), (1, "lamp"))]
    written(folder, f"semseg{version}.json", json.dumps({"scan_id": folder.name, "segGroups": groups}).encode())
    return folder


@pytest.mark.parametrize("version", [".v2", ""])
def test_a_3rscan_folder_as_it_is_downloaded(tmp_path: Path, version: str, caplog: pytest.LogCaptureFixture) -> None:
    folder = rscan(tmp_path / "0cac75b1", version)
    for path in (folder, folder / f"labels.instances.annotated{version}.ply"):
        scene = read_scene(path)
        assert (scene.name, scene.ids.tolist(), scene.labels) == ("0cac75b1", [9, 3, 1], ("sofa", "chair", "lamp"))
        assert centres(scene)[0] == [0.5, 4.5, 0.5]
    assert "its colours are those of the annotation" in caplog.text
    (folder / f"semseg{version}.json").unlink()
    assert read_scene(folder).ids.tolist() == [1, 3, 4, 9]


REPLICA = {
    "classes": [{"id": 20, "name": "chair"}, {"id": 80, "name": "table"}],
    "objects": [
        {"id": 2, "class_id": 20, "class_name": "chair", "oriented_bbox": {}},
        {"id": 3, "class_id": 80, "class_name": "table"},
        {"id": 77, "class_id": 20, "class_name": "chair"},
    ],
}


def replica(folder: Path, info: Any = REPLICA) -> Path:
    (folder / "habitat").mkdir(parents=True)
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5]])
    content = ply_bytes(XYZ, RGB, None, "<", "object_id", np.concatenate([quads, quads + 8]), np.array([2, 2, 3, 3]))
    written(folder / "habitat", "mesh_semantic.ply", content)
    written(folder / "habitat", "info_semantic.json", json.dumps(info).encode())
    return folder


def test_replicas_names_of_the_ids_of_its_faces(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = replica(tmp_path / "room_0")
    for path in (folder, folder / "habitat", folder / "habitat/mesh_semantic.ply"):
        scene = read_scene(path)
        assert (scene.ids.tolist(), scene.labels) == ([2, 3], ("chair", "table"))
    assert read_scene(folder).name == "room_0"
    assert "1 of 3 objects hold no point" in caplog.text


def test_replicas_names_by_class_alone(tmp_path: Path) -> None:
    by_class = {**REPLICA, "objects": [{"id": 2, "class_id": 80}, {"id": 3, "class_id": 99}]}
    assert read_scene(replica(tmp_path / "room_0", by_class)).labels == ("table", "")


def test_such_files_as_labels(tmp_path: Path) -> None:
    scan = written(tmp_path, "a.ply", ply_bytes(XYZ, RGB, np.repeat([3, 1, 9, 2, 0], 8), "<", "instance", FACES))
    info = written(tmp_path, "info_semantic.json", json.dumps(REPLICA).encode())
    assert read_scene(scan, labels=info).labels == ("", "", "chair", "table", "")
    semseg = rscan(tmp_path / "scan") / "semseg.v2.json"
    assert read_scene(scan, labels=semseg).labels == ("", "lamp", "", "chair", "sofa")


@pytest.mark.parametrize("name", ["a.ply", "a.pth", "labels.json", "a.mask.npz", "semseg.v2.json"])
def test_pipes_and_nesting_without_end(tmp_path: Path, name: str) -> None:
    scan = written(tmp_path, "good.ply", ply_bytes(XYZ, RGB, np.repeat([3, 1, 9, 2, 0], 8), "<", "instance", FACES))
    folder, given = tmp_path, {}
    if name == "semseg.v2.json":
        folder = rscan(tmp_path / "scan")
        (folder / name).unlink()
        scan = folder
    os.mkfifo(folder / name)
    if name in ("labels.json", "a.mask.npz"):
        given = {name.split(".")[-2]: folder / name} if name != "labels.json" else {"labels": folder / name}
        given = {("masks" if key == "mask" else key): value for key, value in given.items()}
    elif name != "semseg.v2.json":
        scan = folder / name
    with pytest.raises(InputError, match="found a named pipe"):
        read_scene(scan, **given)
    if name.endswith(".json"):
        (folder / name).unlink()
        written(folder, name, b'{"a":' * 100_000)
        with pytest.raises(InputError, match="not JSON") as caught:
            read_scene(scan, **given)
        assert "\n" not in str(caught.value)


HOSTILE = st.sampled_from([None, True, -1, 2**70, 0.5, "x", "", [], {}, [[]], [None], [2**70], [-1], float("nan")])
PLACES = st.sampled_from(
    [("segGroups",), ("segGroups", 0), *(("segGroups", 1, key) for key in ("objectId", "segments", "label"))]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=PLACES, value=HOSTILE, segment=HOSTILE)
def test_hostile_values_give_a_scene_or_one_line(
    tmp_path: Path, place: tuple[Any, ...], value: Any, segment: Any
) -> None:
    folder = scannet(tmp_path / "S", "S_vh_clean_2", "S")
    document: Any = json.loads((folder / "S.aggregation.json").read_text())
    record = document
    for key in place[:-1]:
        record = record[key]
    record[place[-1]] = value
    written(folder, "S.aggregation.json", json.dumps(document).encode())
    if segment is not None:
        segments = [100] * 39 + [segment]
        written(folder, "S_vh_clean_2.0.010000.segs.json", json.dumps({"segIndices": segments}).encode())
    message = ""
    try:
        read_scene(folder)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
