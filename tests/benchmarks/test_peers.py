"""What the benchmarks do where a peer is there, where none is, and where one does not work."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.rendering import Mesh, Texture
from leo_agent.envs.scenes.meshes.glb import read_glb
from tests.benchmarks.conftest import BENCHMARKS
from tests.structure.sources import ROOT


def benchmark(name: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *arguments],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(Path.home())},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(importlib.util.find_spec("habitat_sim") is not None, reason="habitat-sim is here")
def test_without_habitat_sim_there_is_no_ratio():
    done = benchmark("navigation.py", "--parts", "turns")
    assert done.returncode == 0, done.stderr
    assert "habitat-sim is not installed here" in done.stdout
    assert "no ratios" in done.stdout


def test_an_interpreter_without_habitat_sim_is_one_line(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'habitat_sim'\" >&2\nexit 1\n")
    broken.chmod(0o755)
    done = benchmark("navigation.py", "--habitat-python", str(broken))
    assert done.stderr == (
        f"--habitat-python: {broken} cannot import habitat_sim: ModuleNotFoundError: No module named 'habitat_sim'\n"
    )
    done = benchmark("navigation.py", "--habitat-python", str(tmp_path / "none"))
    assert done.stderr == f"--habitat-python: {tmp_path / 'none'} is no program\n"


def test_a_folder_that_is_not_cliport_s_is_one_line(tmp_path):
    done = benchmark("tabletop.py", "--cliport", str(tmp_path))
    assert done.stderr == f"--cliport: {tmp_path} is no checkout of CLIPort\n"


def test_a_scan_as_a_file_is_the_scan(tmp_path):
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(30, 3)).astype(np.float32)
    faces = rng.integers(0, 30, (40, 3)).astype(np.int32)
    mesh = Mesh(
        vertices=vertices,
        faces=faces,
        colors=np.full((40, 3), 255, np.uint8),
        ids=np.zeros(40, np.int32),
        texcoords=rng.uniform(-1, 2, (40, 3, 2)).astype(np.float32),
        face_textures=np.arange(40, dtype=np.int32) % 2,
        textures=tuple(Texture(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)) for _ in range(2)),
    )
    navmesh = tmp_path / "house.navmesh"
    navmesh.write_bytes(b"navmesh")
    name = importlib.import_module("scan_files").write_scan(mesh, navmesh, tmp_path / "out", "scan")
    assert (tmp_path / "out" / "scan.navmesh").read_bytes() == b"navmesh"

    read = read_glb(tmp_path / "out" / name)
    for texture in range(2):
        chosen = mesh.face_textures == texture
        rows = read.face_textures == texture
        assert np.array_equal(read.vertices[read.faces[rows]], vertices[faces[chosen]])
        assert read.texcoords[rows] == pytest.approx(mesh.texcoords[chosen], abs=1e-6)
        assert np.array_equal(read.textures[texture].pixels, mesh.textures[texture].pixels)
