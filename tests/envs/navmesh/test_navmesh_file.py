"""The reader of `.navmesh` files: what it accepts, what it says, and that damaged bytes do nothing worse."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh import NavMesh, NavMeshSettings
from leo_agent.envs.navmesh.file_format import parse_navmesh
from tests.envs.fuzzing import HANG

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"
CONTENT = (HOUSES / "house_0002.navmesh").read_bytes()
SETTINGS_START, TILE_ENTRY_START, TILE_START = 40, 96, 104
POLYGON_COUNT_OFFSET = TILE_START + 24
SPECIAL_WORDS = [0, 1, 2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FC00000, 0x7F800000, 0x3F800000, 0x4B000000]


def replaced(offset: int, new: bytes, content: bytes = CONTENT) -> bytes:
    return content[:offset] + new + content[offset + len(new) :]


def test_reads_settings_and_bounds() -> None:
    navmesh = NavMesh.load(HOUSES / "house_0002.navmesh")
    assert navmesh.settings.agent_height == pytest.approx(0.88)
    assert navmesh.settings.agent_radius == pytest.approx(0.18)
    assert navmesh.settings.agent_max_slope_deg == 45.0
    assert navmesh.settings.filter_ledge_spans
    assert not navmesh.settings.include_static_objects
    assert np.all(navmesh.bounds[0] <= navmesh.bounds[1])
    assert navmesh.num_islands == 2


def test_version_1_has_no_settings_and_gets_the_defaults() -> None:
    old = replaced(4, struct.pack("<i", 1))
    old = old[:SETTINGS_START] + old[TILE_ENTRY_START:]
    found = parse_navmesh(old, "old.navmesh")
    assert found.settings == NavMeshSettings()
    assert np.array_equal(found.vertices, parse_navmesh(CONTENT, "new.navmesh").vertices)


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (b"", ["0 bytes", "at least 40"]),
        (CONTENT[:1000], ["tile size in bytes"]),
        (CONTENT + b"\0", ["tile size in bytes"]),
        (b"glTF" + CONTENT[4:], ["magic is 0x46546c67", "0x4d534554"]),
        (replaced(4, struct.pack("<i", 3)), ["version is 3", "1 or 2"]),
        (replaced(8, struct.pack("<i", 2)), ["number of tiles is 2"]),
        (replaced(TILE_START, b"XXXX"), ["tile magic"]),
        (replaced(TILE_START + 4, struct.pack("<i", 8)), ["tile version is 8", "expected 7"]),
        (replaced(POLYGON_COUNT_OFFSET, struct.pack("<i", -1)), ["polygon_count is -1"]),
        (replaced(POLYGON_COUNT_OFFSET, struct.pack("<i", 2**31 - 1)), ["polygon_count"]),
        (replaced(TILE_START + 100, struct.pack("<f", float("nan"))), ["a vertex", "not finite"]),
    ],
)
def test_says_what_is_wrong(damaged: bytes, said: list[str], tmp_path: Path) -> None:
    path = tmp_path / "bad.navmesh"
    path.write_bytes(damaged)
    with pytest.raises(InputError) as caught:
        NavMesh.load(path)
    message = str(caught.value)
    assert "\n" not in message
    for part in [str(path), "expected", *said]:
        assert part in message


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, found in ((tmp_path / "none.navmesh", "no such file"), (tmp_path, "found a folder")):
        with pytest.raises(InputError, match=f": {found}, expected"):
            NavMesh.load(path)


def check_refused_or_sound(content: bytes) -> None:
    """Damaged bytes are refused, or make a mesh whose answers are ordinary."""
    try:
        navmesh = NavMesh(parse_navmesh(content, "fuzzed.navmesh"))
    except InputError:
        return
    rng = np.random.default_rng(0)
    corners = rng.uniform(navmesh.bounds[0], navmesh.bounds[1], (4, 3))
    start, *ends = [point if np.isfinite(point).all() else corners[0] for point in map(navmesh.snap_point, corners)]
    distance, points, row = navmesh.shortest_path(start, ends)
    assert distance >= 0
    assert np.isfinite(distance) == (row >= 0)
    assert len(points) <= 256
    for slide in (False, True):
        navmesh.move(start, start + np.float32([0.2, 0.0, 0.15]), slide)
    assert navmesh.obstacle_distance(start) >= 0
    assert navmesh.random_navigable_point(rng).shape == (3,)


@pytest.fixture(scope="module")
def compiled() -> None:
    """Compiling the queries is no part of the time that a damaged file takes."""
    check_refused_or_sound(CONTENT)


@settings(max_examples=150, deadline=HANG, suppress_health_check=list(HealthCheck))
@given(length=st.integers(0, len(CONTENT)))
def test_fuzz_truncated(length: int) -> None:
    if length < len(CONTENT):
        with pytest.raises(InputError):
            parse_navmesh(CONTENT[:length], "fuzzed.navmesh")


@settings(max_examples=300, deadline=HANG, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(
        st.tuples(
            st.one_of(st.integers(0, 250), st.integers(0, len(CONTENT) - 4)),
            st.one_of(st.sampled_from(SPECIAL_WORDS), st.integers(0, 2**32 - 1)),
            st.integers(1, 4),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_fuzz_overwritten(compiled: None, changes: list[tuple[int, int, int]]) -> None:
    content = CONTENT
    for offset, word, width in changes:
        content = replaced(offset, struct.pack("<I", word)[:width], content)
    check_refused_or_sound(content)


@settings(max_examples=150, deadline=HANG, suppress_health_check=list(HealthCheck))
@given(section=st.sampled_from(["vertices", "polygons", "details", "nodes"]), seed=st.integers(0, 2**32 - 1))
def test_fuzz_meshes_that_pass_for_whole(compiled: None, section: str, seed: int) -> None:
    """Changes inside the sections that keep every number in its range: nonsense geometry and wrong neighbours."""
    rng = np.random.default_rng(seed)
    polygon_count, vertex_count, link_count = struct.unpack_from("<3i", CONTENT, POLYGON_COUNT_OFFSET)
    _, detail_vertex_count, triangle_count, node_count = struct.unpack_from("<4i", CONTENT, POLYGON_COUNT_OFFSET + 12)
    polygons_start = TILE_START + 100 + 12 * vertex_count
    triangles_start = polygons_start + 44 * polygon_count + 12 * link_count + 12 * detail_vertex_count
    nodes_start = triangles_start + 4 * triangle_count
    content = CONTENT
    for _ in range(rng.integers(1, 30)):
        if section == "vertices":
            offset = TILE_START + 100 + 4 * int(rng.integers(3 * vertex_count))
            new = struct.pack("<f", rng.choice([rng.uniform(-20, 20), 0.0, 9e5]))
        elif section == "polygons":
            row, column = int(rng.integers(polygon_count)), int(rng.integers(12))
            offset = polygons_start + 32 * row + 4 + 2 * column
            new = struct.pack("<H", int(rng.integers(vertex_count if column < 6 else polygon_count + 1)))
        elif section == "details":
            offset, new = triangles_start + int(rng.integers(4 * triangle_count)), bytes([int(rng.integers(3))])
        else:
            offset = nodes_start + 16 * int(rng.integers(node_count)) + 12
            new = struct.pack("<i", int(rng.integers(-node_count, polygon_count)))
        content = replaced(offset, new, content)
    check_refused_or_sound(content)
