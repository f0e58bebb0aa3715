"""Baked navmeshes against those recorded from habitat-sim 0.3.4, in scenes made for one question each, and as files."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.envs.navmesh import (
    OBJECTNAV_SETTINGS,
    NavMesh,
    NavMeshFile,
    NavMeshSettings,
    compute_navmesh,
    read_navmesh,
    write_navmesh,
)
from leo_agent.envs.navmesh.file_format import parse_navmesh
from leo_agent.envs.navmesh.file_writer import navmesh_bytes
from leo_agent.envs.scenes.meshes.glb import read_glb
from tests.envs.recorded import HOUSES, NAMES

Geometry = tuple[np.ndarray, np.ndarray]  # vertices (V, 3), faces (F, 3)


@cache
def baked_house(name: str) -> NavMeshFile:
    triangles = read_glb(HOUSES / f"{name}.glb")
    return compute_navmesh(triangles.vertices, triangles.faces)


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Geometry:
    """A closed box whose faces look outwards."""
    x, y, z = np.meshgrid(*np.transpose([low, high]), indexing="ij")
    vertices = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return vertices, np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])


def ramp(x: float, length: float, height: float, width: float) -> Geometry:
    """A plane that rises along +x from the floor."""
    vertices = np.array([[x, 0, 0], [x, 0, width], [x + length, height, width], [x + length, height, 0]])
    return vertices, np.array([[0, 1, 2], [0, 2, 3]])


def together(*parts: Geometry) -> Geometry:
    first = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    faces = [rows + start for (_, rows), start in zip(parts, first, strict=False)]
    return np.concatenate([vertices for vertices, _ in parts]).astype(np.float32), np.concatenate(faces).astype(
        np.int32
    )


def bake(*parts: Geometry, wanted: NavMeshSettings = OBJECTNAV_SETTINGS) -> NavMesh:
    return NavMesh(compute_navmesh(*together(*parts), wanted))


FLOOR = box((0, -0.1, 0), (8, 0, 6))


@pytest.mark.parametrize("name", NAMES)
def test_houses_are_baked_as_habitat_sim_baked_them(name: str) -> None:
    start = time.process_time()
    file = baked_house(name)
    seconds = time.process_time() - start
    navmesh = NavMesh(file)
    with np.load(HOUSES / f"{name}.golden.npz") as recorded:
        area = float(recorded["navigable_area"])
        points, islands = recorded["nav_points"], recorded["nav_island"]
        starts, ends, distances = recorded["pair_start"], recorded["pair_end"], recorded["pair_geodesic"]
    found = np.array([navmesh.geodesic_distance(start, end) for start, end in zip(starts, ends, strict=True)])
    same_reach = np.mean(np.isfinite(found) == np.isfinite(distances))
    both = np.isfinite(found) & np.isfinite(distances) & (distances > 0)
    errors = np.abs(found[both] - distances[both]) / distances[both]
    area_error = abs(navmesh.navigable_area() - area) / area
    same_bytes = navmesh_bytes(file) == (HOUSES / f"{name}.navmesh").read_bytes()
    print(
        f"{name}: {seconds:.2f} s of processor (with what had to be compiled), area {navmesh.navigable_area():.2f} m² "
        f"of {area:.2f} ({area_error:.2%} off), distances median {np.median(errors):.2%}, 95 % "
        f"{np.quantile(errors, 0.95):.2%}, reach equal {same_reach:.1%}, {navmesh.num_islands} islands, "
        f"file {'identical' if same_bytes else 'differs'}"
    )
    assert area_error <= 0.02
    assert np.median(errors) <= 0.01
    assert np.quantile(errors, 0.95) <= 0.04
    assert same_reach == 1.0
    assert [navmesh.island(point) for point in points] == islands.tolist()
    assert same_bytes


def test_flat_floor() -> None:
    navmesh = bake(FLOOR)
    # eroded by 4 cells, and one cell of ledge
    assert navmesh.navigable_area() == pytest.approx(7.5 * 5.5, rel=0.01)
    assert navmesh.num_islands == 1
    assert navmesh.is_navigable((4, 0, 3))
    assert not navmesh.is_navigable((4, 0, 0.15))
    assert abs(navmesh.snap_point((4, 0, 3))[1]) <= 0.2
    assert navmesh.geodesic_distance((1, 0, 1), (7, 0, 5)) == pytest.approx(np.hypot(6, 4), rel=1e-4)


def stairs(x: float, count: int, rise: float, run: float, width: float) -> Geometry:
    treads = [((x + i * run, 0, 0), (x + (i + 1) * run, (i + 1) * rise, width)) for i in range(count)]
    return together(*(box(low, high) for low, high in treads))


def test_two_floors_with_stairs() -> None:
    rise, run, count = 0.17, 0.28, 16
    top, end = rise * count, 8 + run * count
    upper = box((end, top - 0.2, 0), (end + 6, top, 6))
    navmesh = bake(FLOOR, stairs(8, count, rise, run, 1.4), upper)
    start, goal = (7, 0, 0.7), (end + 1, top, 0.7)
    expected = 1 + np.hypot(run * count, top) + 1
    found, points, _ = navmesh.shortest_path(start, goal)
    middle = navmesh.snap_point((8 + run * count / 2, top / 2, 0.7))
    print(f"stairs: {found:.3f} m for {expected:.3f} m, middle at {middle[1]:.2f} m for {top / 2:.2f} m")
    assert navmesh.num_islands == 1
    assert found == pytest.approx(expected, rel=0.05)
    assert points[-1][1] - points[0][1] == pytest.approx(top, abs=0.25)
    assert middle[1] == pytest.approx(top / 2, abs=0.4)
    assert navmesh.is_navigable((2, 0, 4))
    assert navmesh.is_navigable((end + 4, top, 4))


def test_floors_one_above_the_other() -> None:
    navmesh = bake(FLOOR, box((0, 2.6, 0), (8, 2.8, 6)))
    assert navmesh.num_islands == 2
    assert navmesh.navigable_area(0) == pytest.approx(navmesh.navigable_area(1))
    assert navmesh.snap_point((4, 2.7, 3))[1] > 2.5
    assert navmesh.snap_point((4, 0.1, 3))[1] < 0.3
    assert np.isinf(navmesh.geodesic_distance((4, 0, 3), (4, 2.8, 3)))


@pytest.mark.parametrize(("height", "joined"), [(0.15, True), (0.5, False)])
def test_a_step_is_climbed_up_to_the_limit(height: float, joined: bool) -> None:
    navmesh = bake(FLOOR, box((8, -0.1, 0), (14, height, 6)))
    distance = navmesh.geodesic_distance((4, 0, 3), (11, height, 3))
    assert np.isfinite(distance) == joined
    assert navmesh.num_islands == (1 if joined else 2)
    if joined:
        assert distance == pytest.approx(7, rel=0.01)


def test_a_large_table_is_an_island_and_a_small_one_an_obstacle() -> None:
    navmesh = bake(FLOOR, box((2, 0, 2), (4, 0.75, 4)), box((6, 0, 2), (6.5, 0.75, 2.5)))
    assert navmesh.num_islands == 2
    assert navmesh.navigable_area(navmesh.island((3, 0.75, 3))) == pytest.approx(1.5 * 1.5, rel=0.1)
    assert not navmesh.is_navigable((6.25, 0, 2.25))
    assert not navmesh.is_navigable((6.25, 0.75, 2.25))
    around = navmesh.geodesic_distance((1.5, 0, 3), (4.5, 0, 3))
    assert 3.0 < around < 5.5


@pytest.mark.parametrize(("clearance", "passable"), [(0.8, False), (1.4, True)])
def test_a_low_ceiling_bars_the_way(clearance: float, passable: bool) -> None:
    navmesh = bake(FLOOR, box((3, clearance, 0), (5, clearance + 0.2, 6)))
    assert navmesh.is_navigable((4, 0, 3), max_y_delta=0.3) == passable
    assert np.isfinite(navmesh.geodesic_distance((1, 0, 3), (7, 0, 3))) == passable


@pytest.mark.parametrize(("slope_deg", "walkable"), [(20, True), (50, False)])
def test_a_steep_slope_is_not_walked(slope_deg: float, walkable: bool) -> None:
    length = 2.0 / np.tan(np.radians(slope_deg))
    upper = box((8 + length, 1.9, 0), (14 + length, 2, 6))
    navmesh = bake(FLOOR, ramp(8, length, 2.0, 6), upper)
    distance = navmesh.geodesic_distance((7, 0, 3), (9 + length, 2, 3))
    assert np.isfinite(distance) == walkable
    if walkable:
        assert distance == pytest.approx(2 + np.hypot(length, 2), rel=0.03)
        middle = navmesh.snap_point((8 + length / 2, 1.0, 3))
        assert middle[1] == pytest.approx(1.0, abs=0.4)


def test_a_door_joins_two_rooms_and_a_slit_does_not() -> None:
    def rooms(gap: float) -> NavMesh:
        wall = [box((3.9, 0, 0), (4.1, 2.5, 3 - gap / 2)), box((3.9, 0, 3 + gap / 2), (4.1, 2.5, 6))]
        return bake(FLOOR, *wall)

    assert np.isfinite(rooms(0.8).geodesic_distance((2, 0, 3), (6, 0, 3)))
    assert np.isinf(rooms(0.3).geodesic_distance((2, 0, 3), (6, 0, 3)))


def test_a_larger_agent_has_less_room() -> None:
    areas = [bake(FLOOR, wanted=replace(OBJECTNAV_SETTINGS, agent_radius=r)).navigable_area() for r in (0.1, 0.3, 0.5)]
    assert areas[0] > areas[1] > areas[2] > 0


def test_triangles_without_area_change_nothing() -> None:
    vertices, faces = together(FLOOR)
    more = np.concatenate([faces, [[0, 0, 0], [0, 1, 1]]])
    assert navmesh_bytes(compute_navmesh(vertices, more)) == navmesh_bytes(compute_navmesh(vertices, faces))


@pytest.mark.parametrize(
    ("vertices", "faces", "said"),
    [
        (np.empty((0, 3)), np.empty((0, 3), int), "0 vertices"),
        (FLOOR[0], np.empty((0, 3), int), "0 faces"),
        (np.where(FLOOR[0] > 7, np.nan, FLOOR[0]), FLOOR[1], "not finite"),
        (np.where(FLOOR[0] > 7, np.inf, FLOOR[0]), FLOOR[1], "not finite"),
        (FLOOR[0], FLOOR[1] + 1, "rows of the 8 vertices"),
        (FLOOR[0], FLOOR[1] - 1, "rows of the 8 vertices"),
        (FLOOR[0], FLOOR[1].astype(float), "rows of the 8 vertices"),
        (FLOOR[0][:, :2], FLOOR[1], r"found vertices \(8, 2\)"),
        (FLOOR[0] * 1000, FLOOR[1], "is it in metres"),
        (FLOOR[0] * 1e-3, FLOOR[1], "found no floor"),
        (ramp(0, 8, 0, 6)[0], ramp(0, 8, 0, 6)[1][:, ::-1], "found no floor"),
        (*ramp(0, 1, 4, 6), "found no floor"),
    ],
)
def test_what_cannot_be_baked_is_said(vertices: np.ndarray, faces: np.ndarray, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        compute_navmesh(vertices, faces)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cell_size", 0.0), ("cell_height", float("nan")), ("agent_radius", -1.0), ("verts_per_poly", 7.0)],
)
def test_settings_without_sense_are_said(name: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{name}: found .*expected"):
        compute_navmesh(*FLOOR, replace(OBJECTNAV_SETTINGS, **{name: value}))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_file_is_written_as_it_was(name: str, tmp_path: Path) -> None:
    recorded = HOUSES / f"{name}.navmesh"
    write_navmesh(read_navmesh(recorded), tmp_path / "again.navmesh")
    assert (tmp_path / "again.navmesh").read_bytes() == recorded.read_bytes()


def test_a_path_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no/where\.navmesh: cannot be written"):
        write_navmesh(baked_house(NAMES[0]), tmp_path / "no" / "where.navmesh")


def check_read_back(file: NavMeshFile) -> None:
    found = parse_navmesh(navmesh_bytes(file), "written.navmesh")
    for field in fields(NavMeshFile):
        if field.name != "settings":
            before, after = getattr(file, field.name), getattr(found, field.name)
            assert np.array_equal(before, after), field.name
            assert np.asarray(before).dtype == np.asarray(after).dtype, field.name
    assert found.settings.agree_with(file.settings)
    assert navmesh_bytes(found) == navmesh_bytes(file)


lengths = st.floats(0.05, 2.5)
boxes = st.tuples(*[st.floats(0, 6)] * 2, st.floats(0, 2), lengths, lengths, lengths)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(boxes, max_size=15), st.floats(0.0, 0.7))
def test_whatever_is_baked_is_sound_and_read_back_as_it_was(
    furniture: list[tuple[float, float, float, float, float, float]], slope: float
) -> None:
    """Rooms with boxes anywhere and a slope: polygons are convex, neighbours mutual, files complete."""
    parts = [box((x, y, z), (x + w, y + h, z + d)) for x, z, y, w, h, d in furniture]
    file = compute_navmesh(*together(FLOOR, ramp(8, 3, 3 * slope, 4), *parts))
    check_read_back(file)
    navmesh = NavMesh(file)
    for polygon, size in enumerate(file.polygon_sizes):
        ring = file.vertices[file.polygon_vertices[polygon, :size]][:, [0, 2]].astype(float)
        sides = np.roll(ring, -1, axis=0) - ring
        following = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
        assert (turns < 1e-6).all() or (turns > -1e-6).all()
        for other in file.polygon_neighbours[polygon, :size]:
            assert other < 0 or polygon in file.polygon_neighbours[other]
    rng = np.random.default_rng(0)
    points = [navmesh.random_navigable_point(rng) for _ in range(4)]
    there, back = (navmesh.geodesic_distance(a, b) for a, b in (points[:2], points[1::-1]))
    assert np.isfinite(there) == np.isfinite(back)
    assert file.polygon_areas().sum() <= 8 * 6 + 3 * np.hypot(1, slope) * 4 + sum(w * d for *_, w, _, d in furniture)
