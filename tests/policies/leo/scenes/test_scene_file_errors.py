"""Scene files that are missing, hostile, contradictory or of another layout: one line says what, and where."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.scenes.array_pickles import load_arrays
from leo_agent.policies.leo.scenes.scene_files import read_scene
from tests.policies.leo.scene_writing import made_cloud, mask_bytes, ply_bytes, torch_bytes, written

XYZ, RGB, IDS = made_cloud()
MASKS = np.zeros((7, len(XYZ)), bool)
MASKS[0, 3:9], MASKS[1, [0, 59]], MASKS[4, 5:7], MASKS[6] = True, True, True, True


class Reached:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [True, False])
def test_pickles_build_nothing_else(tmp_path: Path, zipped: bool) -> None:
    value = (XYZ, RGB, Reached(tmp_path / "reached"), IDS)
    with pytest.raises(InputError, match=r"a.pth: refused to build '(posix|nt).mkdir'; expected only numpy arrays"):
        read_scene(written(tmp_path, "a.pth", torch_bytes(value, zipped)))
    assert not (tmp_path / "reached").exists()


def test_an_array_is_only_what_the_file_holds(tmp_path: Path) -> None:
    """A pickle that asks for 8 TB by its shape, and one whose array never gets a content."""
    content = torch_bytes((np.zeros(5),), zipped=False)
    place = content.index(b"K\5\x85", content.index(b"cnumpy\nndarray"))
    huge = content[:place] + b"\x8a\6\0\0\0\0\0\1\x85" + content[place + 3 :]
    with pytest.raises(InputError, match=r"an array \(1099511627776,\) of float64 in 40 bytes"):
        load_arrays(written(tmp_path, "a.pth", huge))
    reconstruct = content.index(b"K\0\x85")
    huge = content[:reconstruct] + b"\x8a\6\0\0\0\0\0\1\x85" + content[reconstruct + 3 :]
    assert np.array_equal(load_arrays(written(tmp_path, "b.pth", huge))[0], np.zeros(5))  # type: ignore[index]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"xyz": XYZ}, r"holds dict, expected \(xyz, rgb, ..., instance ids\)"),
        ((XYZ, RGB), "holds 2 values"),
        ((XYZ, RGB[:-1], None, IDS), "60 points, but 59 colours"),
        ((XYZ, RGB, None, IDS[:-1]), "60 points, but 59 instance ids"),
        ((XYZ, RGB, None, None), "holds no instance ids, expected masks"),
        ((XYZ[:, :2], RGB, None, IDS), r"xyz is float32 \(60, 2\), expected an array \(M, 3\)"),
        ((XYZ, 3, None, IDS), "rgb is int"),
        ((XYZ, RGB, None, IDS[:, None]), r"instance ids are int64 \(60, 1\)"),
        ((XYZ, RGB, None, IDS + 0.5), "an instance id that is not a whole number"),
        ((XYZ, RGB, None, np.full(60, np.nan)), "an instance id that is not a whole number"),
        ((XYZ, RGB, None, np.full(60, -1)), "holds no object with a point"),
        ((XYZ[:0], RGB[:0], None, IDS[:0]), "holds no point"),
        ((np.where(np.arange(60)[:, None] == 7, np.nan, XYZ), RGB, None, IDS), r"point 7 is at \(nan, nan, nan\)"),
        ((XYZ, np.where(np.arange(60)[:, None] == 7, np.nan, RGB), None, IDS), "point 7 has a colour outside 0 to 255"),
        ((XYZ, RGB + 1000, None, IDS), "point 0 has a colour outside 0 to 255"),
        ((XYZ, RGB / 255, None, IDS), "its largest colour is .*, expected 0 to 255"),
        ((XYZ, RGB, None, IDS.astype(str)), "an array of 'U21', expected numbers"),
        ((XYZ, RGB, None, torch.zeros(60)), r"refused to build 'torch._utils._rebuild_tensor_v2'"),
    ],
)
def test_bad_pth(tmp_path: Path, value: Any, message: str) -> None:
    path = written(tmp_path, "a.pth", torch_bytes(value))
    with pytest.raises(InputError, match=message) as caught:
        read_scene(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


PLY = ply_bytes(XYZ, RGB, IDS, "", "instance")
BINARY_PLY = ply_bytes(XYZ, RGB, None, "<", "object_id", np.array([[0, 1, 2], [0, 1, 3]]), np.array([4, 5]))
ASCII_FACES = ply_bytes(XYZ, RGB, None, "", "object_id", np.array([[0, 1, 2], [0, 1, 3]]), np.array([4, 5]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a PLY file"),
        (b"solid cube", "not a PLY file"),
        (PLY.replace(b"vertex 60", b"vertex 0"), "holds no vertex"),
        (PLY.replace(b"vertex 60", b"vertex 61"), r"can be read \(element 'vertex': row 60: early end-of-file"),
        (PLY.replace(b"vertex 60", b"vertex 99999999999"), "not a PLY file that can be read .99999999999 records in"),
        (PLY.replace(b"float y", b"float w"), "its vertices have no y; expected x, y, z"),
        (
            PLY.replace(b"uchar red", b"uchar r").replace(b"uchar blue", b"uchar b"),
            "vertices have no red, blue; expected",
        ),
        (
            PLY.replace(b"int instance", b"int part"),
            "no id of instances; looked for instance_id, inst",
        ),
        (PLY.replace(b"\n" + f"{XYZ[0, 0]} ".encode(), b"\nnan "), r"point 0 is at \(nan, "),
        (PLY.replace(b"int instance", b"float instance").replace(b" 5\n", b" 5.5\n"), "'instance' that is not a whole"),
        (BINARY_PLY[:-1], "not a PLY file that can be read"),
        (BINARY_PLY.replace(b"face 2", b"face 3"), "not a PLY file that can be read"),
        (BINARY_PLY.replace(b"face 2", b"face 2000000000"), "2000000060 records in"),
        (BINARY_PLY.replace(b"\0\3\0\0\0\5", b"\0\x7f\0\0\0\5"), "a face has the corner 127, expected one of 60"),
        (ASCII_FACES.replace(b"vertex_indices", b"strip"), "faces without corners, expected a list vertex_indices or"),
    ],
)
def test_bad_ply(tmp_path: Path, content: bytes, message: str) -> None:
    path = written(tmp_path, "a.ply", content)
    with pytest.raises(InputError, match=message) as caught:
        read_scene(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x", "not a file of scipy.sparse.save_npz"),
        (mask_bytes(MASKS[:, :-1]), "masks over 59 points, but the scene has 60"),
        (mask_bytes(np.zeros((3, 60), bool)), "holds no object with a point"),
        (mask_bytes(MASKS, data=np.full(70, 0.5)), "values other than 0 and 1"),
        (mask_bytes(MASKS, data=np.ones(69)), "69 values at 8 and 70 places"),
        (mask_bytes(MASKS, indices=np.full(70, 60)), "found a column of 60 or 60, expected 0 to 59"),
        (mask_bytes(MASKS, indices=np.full(70, -1)), "found a column of -1"),
        (mask_bytes(MASKS, "coo", row=np.full(70, 7)), "found a row of 7 or 7, expected 0 to 6"),
        (mask_bytes(MASKS, indptr=np.array([0, 70, 0, 70, 0, 70, 0, 70])), "indptr does not divide 70 values into 7"),
        (mask_bytes(MASKS, indptr=np.array([0, 70])), "indptr does not divide"),
        (mask_bytes(MASKS, shape=np.array([10**12, 60])), "indptr does not divide 70 values into 1000000000000 lines"),
        (mask_bytes(MASKS, shape=np.array([60])), r"a matrix of shape \[60\]"),
        (mask_bytes(MASKS, format=np.array(b"dia")), "as 'dia'"),
        (mask_bytes(MASKS, data=np.array([{}], dtype=object)), "'data' is object"),
    ],
)
def test_bad_masks(tmp_path: Path, content: bytes, message: str) -> None:
    scene = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, None)))
    masks = written(tmp_path, "a.mask.npz", content)
    with pytest.raises(InputError, match=message) as caught:
        read_scene(scene, masks)
    assert str(caught.value).startswith(str(masks))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({7: "lamp"}, "a label names object 7, but the objects are 0, 2, 5$"),
        ({-1: "lamp"}, "found '-1' as an instance id"),
        ({2: 3}, "object 2 has the label '3', expected text"),
        (Path("none.json"), "none.json: no such file, expected an object of id: label"),
    ],
)
def test_bad_labels(tmp_path: Path, labels: Any, message: str) -> None:
    scene = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, IDS)))
    with pytest.raises(InputError, match=message):
        read_scene(scene, labels=labels)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("labels.json", b"[1]", "holds list, expected a dict"),
        ("labels.json", b"{", "not JSON"),
        ("labels.json", b'{"a": "chair"}', "found 'a' as an instance id"),
        ("labels.pth", torch_bytes((1, 2)), "holds tuple, expected a dict"),
    ],
)
def test_bad_files_of_labels(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    scene = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, IDS)))
    with pytest.raises(InputError, match=message):
        read_scene(scene, labels=written(tmp_path, name, content))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "scan").mkdir()
    cases = {
        "a.pth": "a.pth: no such file, expected a file of torch.save",
        "a.ply": "a.ply: no such file, expected a PLY file",
        "a.glb": "a.glb: missing",
    }
    cases |= {"scan": "scan: a folder with none of a scan's files; expected", "scan/pcd-align.pth": "no such file"}
    for name, message in cases.items():
        with pytest.raises(InputError, match=message):
            read_scene(tmp_path / name)
    with pytest.raises(InputError, match=r"a.obj: an unknown kind of scene; expected .pth \(ScanNet's layout\), .ply"):
        read_scene(written(tmp_path, "a.obj", b"v 0 0 0"))
    written(tmp_path / "scan", "pcd-align.pth", torch_bytes((XYZ, RGB, IDS)))
    with pytest.raises(InputError, match=r"inst_to_label.pth: no such file"):
        read_scene(tmp_path / "scan")
    scene = written(tmp_path, "b.pth", torch_bytes((XYZ, RGB, None, IDS)))
    with pytest.raises(InputError, match=r"b.mask.npz: no such file, expected masks"):
        read_scene(scene, tmp_path / "b.mask.npz")


def test_masks_that_unpack_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leo_agent.policies.leo.scenes.mask_files._MOST_BYTES", 500)
    scene = written(tmp_path, "a.pth", torch_bytes((XYZ, RGB, None, None)))
    masks = written(tmp_path, "a.mask.npz", mask_bytes(MASKS))
    with pytest.raises(InputError, match="is larger than 500 bytes, expected masks of one scene"):
        read_scene(scene, masks)
