"""Damaged scene files of every kind: a clear error of one line or a valid scene, in bounded time, and nothing else."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.scenes.scene_files import read_scene
from tests.envs.fuzzing import HANG, mutated
from tests.policies.leo.scene_writing import (
    as_numpy_1_writes,
    made_cloud,
    mask_bytes,
    ply_bytes,
    torch_bytes,
    write_rscan,
    written,
)

XYZ, RGB, IDS = made_cloud(24)
FACES = np.arange(24).reshape(8, 3)
LABELS = {5: "sofa", 0: "wall", 2: "chair"}
MUTATIONS = 600

# An error of one line, and not a warning of numpy's before it.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def check(scene: ObjectScene) -> None:
    clouds = scene.clouds(4)
    assert len(scene) > 0
    for center in ("centroid", "box_center"):
        assert np.isfinite(scene.locations(center)).all()
    assert np.isfinite(clouds).all()
    assert ((clouds[..., 3:] >= 0) & (clouds[..., 3:] <= 1)).all()


def fuzz(kind: str, contents: list[bytes], read: Callable[[bytes], ObjectScene], mutate: Callable = mutated) -> None:
    rng = np.random.default_rng(11)
    errors, slowest_s = 0, 0.0
    for content in contents:
        check(read(content))
    for number in range(MUTATIONS):
        content = mutate(contents[number % len(contents)], rng)
        started, message = time.perf_counter(), ""
        try:
            check(read(content))
        except InputError as error:
            message = str(error)
        errors += message != ""
        assert "\n" not in message, content
        assert len(message) < 600, content
        slowest_s = max(slowest_s, time.perf_counter() - started)
        assert slowest_s < HANG.total_seconds(), content
    print(f"{kind}: {MUTATIONS} mutations, {errors} errors of one line, slowest {slowest_s:.3f} s")


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(len(content))]


def mutated_member(content: bytes, rng: np.random.Generator) -> bytes:
    """The archive with one member damaged and every checksum right."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w") as target:
        names = source.namelist()
        chosen = names[rng.integers(len(names))]
        for name in names:
            inside = source.read(name)
            target.writestr(name, mutated(inside, rng) if name == chosen else inside)
    return result.getvalue()


@pytest.fixture
def pth(tmp_path: Path) -> Callable[[bytes], ObjectScene]:
    return lambda content: read_scene(written(tmp_path, "a.pth", content))


ZIPPED = torch_bytes((XYZ, RGB, None, IDS))


@pytest.mark.parametrize("mutate", [mutated, cut, mutated_member])
def test_damaged_pth(pth: Callable[[bytes], ObjectScene], mutate: Callable) -> None:
    fuzz(f".pth, {mutate.__name__}", [ZIPPED, as_numpy_1_writes(ZIPPED)], pth, mutate)


@pytest.mark.parametrize("mutate", [mutated, cut])
def test_damaged_pth_before_torch_1_6(pth: Callable[[bytes], ObjectScene], mutate: Callable) -> None:
    fuzz(f"legacy .pth, {mutate.__name__}", [torch_bytes((XYZ, RGB, None, IDS), zipped=False)], pth, mutate)


@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_labels_of_3rscan(tmp_path: Path, zipped: bool) -> None:
    folder = write_rscan(tmp_path / "scan", (XYZ, RGB, IDS), LABELS)

    def read(content: bytes) -> ObjectScene:
        written(folder, "inst_to_label.pth", content)
        return read_scene(folder)

    fuzz("inst_to_label.pth", [torch_bytes(LABELS, zipped)], read, mutated_member if zipped else mutated)


@pytest.mark.parametrize("mutate", [mutated, cut])
def test_damaged_ply(tmp_path: Path, mutate: Callable) -> None:
    orders = ("<", ">", "")
    contents = [ply_bytes(XYZ, RGB, IDS, order, "instance", FACES) for order in orders]
    contents += [ply_bytes(XYZ, RGB, None, order, "object_id", FACES, np.arange(8)) for order in orders]
    fuzz(f".ply, {mutate.__name__}", contents, lambda content: read_scene(written(tmp_path, "a.ply", content)), mutate)


@pytest.mark.parametrize("mutate", [mutated, cut, mutated_member])
def test_damaged_masks(tmp_path: Path, mutate: Callable) -> None:
    path = written(tmp_path, "a.pth", ZIPPED)
    instances = np.stack([number == IDS for number in range(6)])
    contents = [mask_bytes(instances, form) for form in ("csr", "csc", "coo")]
    read = lambda content: read_scene(path, written(tmp_path, "a.mask.npz", content))  # noqa: E731
    fuzz(f".mask.npz, {mutate.__name__}", contents, read, mutate)
