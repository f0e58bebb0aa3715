"""Larger floors against the bytes that Recast makes of them.

The hashes are of the files that Recast at commit 6dc1667f, habitat-sim 0.3.4's own, made of the same triangles with the
calls and constants of habitat-sim's PathFinder::build and saveNavMesh for habitat-lab's ObjectNav agent (g++ -O3, no
fused arithmetic).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest

from leo_agent.envs.navmesh import compute_navmesh
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from tests.envs.navmesh.shapes import Geometry, bumpy, flat, storeys, winding_corridor
from tests.structure.sources import ROOT

RECAST = {
    "flat 10 m": (flat(10, 10), "a916882dcf09a7beed5d4f0cd353a690f684ed53874a073e19271fb741d547de"),
    "flat 20 m": (flat(20, 20), "a8da9caf9ec53756cd8e2f4f4ea25c8b42205a5a583854f85295b1542d212317"),
    "flat 40 m": (flat(40, 40), "fd8035aab3673d0fd572707ab4f8ea43c63999990c18bf5cace7b12495f520cf"),
    "flat 60 m": (flat(60, 60), "476a482d47d21813d46a25bd4fd16d85b13818046e7495135c67b8e729e3cb03"),
    "flat 80 m": (flat(80, 80), "608c25269374ce9c088e0914302e431796860bc0f2093f2483e4e562591f01fd"),
    "flat 100 m": (flat(100, 100), "ee73fb1ea57764ae77d9f26d02156559cccd34cb7fd6f4812bd86fe569b074c9"),
    "far from the origin": (
        flat(77, 28.5, (-1033.3, 7, 517.7)),
        "83c0ca7a49c828ba81a52a60858a0054e6c70a5c17cdaaea6099b99f6d818971",
    ),
    # 48,000 steps around, of which Recast walks 39,999
    "strip of 600 m": (flat(600, 3), "90e65e4e0bfe2a677eb2277b115fac9fe9848c46364f7bc0633c8018ea23bde7"),
    "two storeys": (storeys(24, 2, 80), "6059033252de0f9882242b255641b2407b5b276223cb7fe7367b69acc7c73a20"),
    "three storeys": (storeys(12, 3, 60), "3fc20dd4cdf71fb2b849397d573098b2f195827e467d84e343f28e911ff9a5ad"),
    "corridor": (winding_corridor(60), "beb2617b5591489c81e221f64ad35638296f7e0bba65b6c3122b407799b787ed"),
    "bumpy": (bumpy(20, 0.5, 0.7), "db9c6058c6ee9bed40076de1df675e244a10378f95dcaf1cf14a7a1d368e9884"),
    "hardly bumpy": (bumpy(30, 0.8, 0.5), "cfec1635c528a815e30c710031e696f3642e98acae5b4ded4ae3e0b85700f480"),
}
FLAT_200_M = "9970fc02c4c10de5c962aaa4a8547efdc0da0c2800bba438dc648013826c8931"
BAKE_200_M = """
import hashlib
from leo_agent.envs.navmesh import compute_navmesh
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from tests.envs.navmesh.shapes import flat
print(hashlib.sha256(navmesh_bytes(compute_navmesh(*flat(200, 200)))).hexdigest())
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) * 1024)
"""


@pytest.mark.parametrize(("geometry", "recorded"), RECAST.values(), ids=RECAST)
def test_larger_floors_are_recast_s_in_every_byte(geometry: Geometry, recorded: str) -> None:
    assert hashlib.sha256(navmesh_bytes(compute_navmesh(*geometry))).hexdigest() == recorded


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the most memory that was resident")
def test_200_m_take_less_than_a_gigabyte_in_all() -> None:
    # A first process may have to compile, which takes memory, too.
    runs = [subprocess.run([sys.executable, "-c", BAKE_200_M], cwd=ROOT, capture_output=True, text=True, check=True)]
    runs += [subprocess.run(runs[0].args, cwd=ROOT, capture_output=True, text=True, check=True)]
    (first, _), (second, resident) = (run.stdout.split() for run in runs)
    assert first == second == FLAT_200_M
    assert int(resident) < 1e9
