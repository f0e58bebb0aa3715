"""The pathfinder on small meshes made by hand, where the right answers are known without habitat-sim."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.navmesh import (
    GoalMap,
    GoalTracker,
    NavMesh,
    NavMeshSettings,
    ahead,
    turn,
    turn_in_place,
    walk_forward,
)
from leo_agent.envs.navmesh import projection as compiled_module
from leo_agent.envs.navmesh.file_format import NavMeshFile

HOUSES = Path(__file__).parents[2] / "data" / "habitat_houses"


def squares(cells: list[tuple[int, int]], disabled: tuple[int, ...] = (), slope: float = 0.0) -> NavMesh:
    """A mesh of unit squares (x, z)..(x + 1, z + 1), rising by slope in x; touching squares are joined."""
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    count = len(cells)
    vertices = np.float32([[x + i, slope * (x + i), z + k] for x, z in cells for i, k in corners])
    neighbours = np.full((count, 6), -1, np.int32)
    for row, (x, z) in enumerate(cells):
        for edge, (i, k) in enumerate([(-1, 0), (0, 1), (1, 0), (0, -1)]):
            if (x + i, z + k) in cells:
                neighbours[row, edge] = cells.index((x + i, z + k))
    rows = np.arange(count, dtype=np.int32)
    bounds = np.stack([vertices.min(axis=0), vertices.max(axis=0) + np.float32(0.1)])
    cell_boxes = np.array([[0, 0, 0, 65535, 65535, 65535]] * count, np.int32)  # every search looks at every square
    return NavMesh(
        NavMeshFile(
            settings=NavMeshSettings(),
            origin=bounds[0],
            tile_size=np.float32([bounds[1, 0] - bounds[0, 0], bounds[1, 2] - bounds[0, 2]]),
            bounds=bounds,
            walkable_climb=np.float32(0.2),
            vertices=vertices,
            polygon_vertices=np.hstack([4 * rows[:, None] + np.arange(4), np.zeros((count, 2))]).astype(np.int32),
            polygon_neighbours=neighbours,
            polygon_sizes=np.full(count, 4, np.int32),
            polygon_walkable=~np.isin(rows, disabled),
            detail_vertices=np.empty((0, 3), np.float32),
            detail_base=np.zeros(count, np.int64),
            detail_sizes=np.zeros(count, np.uint8),
            triangle_base=np.arange(0, 2 * count + 1, 2, dtype=np.int32),
            triangle_corners=np.tile(np.uint8([[0, 1, 2], [0, 2, 3]]), (count, 1)),
            triangle_outer=np.tile([[True, True, False], [False, True, True]], (count, 1)),
            bv_bounds=cell_boxes,
            bv_index=rows.astype(np.int64),
            bv_quantisation=np.float32(1.0),
        )
    )


def strip(length: int) -> NavMesh:
    return squares([(x, 0) for x in range(length)])


def test_straight_path() -> None:
    navmesh = strip(10)
    distance, points, row = navmesh.shortest_path([0.5, 0, 0.25], [[9.5, 0, 0.75]])
    assert row == 0
    assert distance == pytest.approx(np.hypot(9, 0.5), rel=1e-6)
    np.testing.assert_allclose(points, [[0.5, 0, 0.25], [9.5, 0, 0.75]], atol=1e-6)


def test_path_bends_at_the_corner() -> None:
    navmesh = squares([(0, 0), (1, 0), (1, 1)])
    distance, points, _ = navmesh.shortest_path([0.0, 0, 0.5], [1.5, 0, 2.0])
    np.testing.assert_allclose(points, [[0, 0, 0.5], [1, 0, 1], [1.5, 0, 2]], atol=1e-6)
    assert distance == pytest.approx(np.hypot(1, 0.5) + np.hypot(0.5, 1), rel=1e-6)


def test_path_counts_height() -> None:
    navmesh = squares([(x, 0) for x in range(4)], slope=0.5)
    assert navmesh.geodesic_distance([0, 0, 0.5], [4, 2, 0.5]) == pytest.approx(np.hypot(4, 2), rel=1e-6)


def test_same_place_is_at_distance_zero() -> None:
    assert strip(3).geodesic_distance([1.5, 0, 0.5], [1.5, 0, 0.5]) == 0.0


def test_nearest_end_wins_and_unreachable_ones_are_skipped() -> None:
    navmesh = squares([(0, 0), (1, 0), (2, 0), (4, 0)])
    ends = [[4.5, 0, 0.5], [50, 0, 50], [2.5, 0, 0.5], [2.0, 0, 0.5]]
    assert navmesh.shortest_path([0.5, 0, 0.5], ends)[::2] == (pytest.approx(1.5), 3)
    distance, points, row = navmesh.shortest_path([0.5, 0, 0.5], ends[:2])
    assert (distance, points.shape, row) == (np.inf, (0, 3), -1)
    assert navmesh.geodesic_distance([0.5, 0, 0.5], np.empty((0, 3))) == np.inf


def test_detours_limit_on_the_length_of_a_path() -> None:
    assert strip(256).geodesic_distance([0.5, 0, 0.5], [255.5, 0, 0.5]) == pytest.approx(255, rel=1e-6)
    assert strip(257).geodesic_distance([0.5, 0, 0.5], [256.5, 0, 0.5]) == np.inf


def test_islands_and_disabled_polygons() -> None:
    navmesh = squares([(0, 0), (1, 0), (2, 0), (4, 0)], disabled=(1,))
    assert navmesh.num_islands == 3
    assert [navmesh.island([x, 0, 0.5]) for x in (0.5, 2.5, 4.5, 50)] == [0, 1, 2, -1]
    assert navmesh.navigable_area() == pytest.approx(3.0)
    assert navmesh.navigable_area(1) == pytest.approx(1.0)
    assert navmesh.geodesic_distance([0.5, 0, 0.5], [2.5, 0, 0.5]) == np.inf
    assert not navmesh.is_navigable([1.5, 0, 0.5])


def test_snap_and_navigable() -> None:
    navmesh = strip(3)
    np.testing.assert_allclose(navmesh.snap_point([1.5, 1.0, 2.5]), [1.5, 0, 1])
    np.testing.assert_allclose(navmesh.snap_point([1.5, 1.0, 0.5]), [1.5, 0, 0.5])
    assert np.isnan(navmesh.snap_point([1.5, 0, 9])).all()
    assert np.isnan(navmesh.snap_point([1.5, np.nan, 0.5])).all()
    assert navmesh.is_navigable([1.5, 0.4, 0.5])
    assert not navmesh.is_navigable([1.5, 0.6, 0.5])
    assert navmesh.is_navigable([1.5, 0.6, 0.5], max_y_delta=1.0)
    assert not navmesh.is_navigable([1.5, 0, 1.02])


def test_obstacle_distance() -> None:
    navmesh = squares([(x, z) for x in range(5) for z in range(5)])
    assert navmesh.obstacle_distance([2.5, 0, 1.25]) == pytest.approx(1.25)
    assert navmesh.obstacle_distance([2.5, 0, 1.25], limit=0.5) == 0.5
    assert navmesh.obstacle_distance([50, 0, 50]) == np.inf


def test_step_stops_at_a_wall_or_slides_along_it() -> None:
    navmesh = strip(3)
    start, wanted = [1.0, 0, 0.9], [1.2, 0, 1.1]
    stopped, collided = navmesh.move(start, wanted)
    np.testing.assert_allclose(stopped, [1.1, 0, 1.0], atol=1e-6)
    assert collided
    slid, collided = navmesh.move(start, wanted, slide=True)
    np.testing.assert_allclose(slid, [1.2, 0, 1.0], atol=1e-6)
    assert collided
    free, collided = navmesh.move(start, [1.2, 0, 0.8])
    np.testing.assert_allclose(free, [1.2, 0, 0.8], atol=1e-6)
    assert not collided


def test_step_from_off_the_mesh_or_to_another_island_stays() -> None:
    navmesh = squares([(0, 0), (2, 0)])
    for start, wanted in [([50, 0, 50], [50.25, 0, 50]), ([0.9, 0, 0.5], [2.1, 0, 0.5])]:
        np.testing.assert_array_equal(navmesh.try_step(start, wanted), np.float32(start))


def test_step_uphill_is_no_collision() -> None:
    navmesh = squares([(x, 0) for x in range(4)], slope=0.5)
    reached, collided = navmesh.move([1.0, 0.5, 0.5], [1.25, 0.5, 0.5])
    np.testing.assert_allclose(reached, [1.25, 0.625, 0.5], atol=1e-6)
    assert not collided


def test_agent_walks_along_its_own_z_axis() -> None:
    navmesh = strip(3)
    position, rotation = np.float32([1.5, 0, 0.5]), np.float32([0, 0, 0, 1])
    for _ in range(3):
        position, rotation = turn_in_place(navmesh, position, rotation, -30.0)
    np.testing.assert_allclose(position, [1.5, 0, 0.5])
    np.testing.assert_allclose(rotation, turn([0, 0, 0, 1], -90.0), atol=1e-6)
    position, collided = walk_forward(navmesh, position, rotation)
    np.testing.assert_allclose(position, [1.75, 0, 0.5], atol=1e-6)
    assert not collided
    np.testing.assert_allclose(ahead([0, 0, 0], [0, 0, 0, 1], 0.25), [0, 0, -0.25])


def test_turn_keeps_a_pitched_rotation_on_its_own_axis() -> None:
    pitched = np.float32([np.sin(0.2), 0, 0, np.cos(0.2)])
    up_before = quaternion_rotate(pitched, np.array([0.0, 1.0, 0.0]))
    turned = turn(pitched, 30.0)
    np.testing.assert_allclose(quaternion_rotate(turned, np.array([0.0, 1.0, 0.0])), up_before, atol=1e-6)
    assert np.linalg.norm(turned) == pytest.approx(1.0)


def quaternion_rotate(rotation: np.ndarray, vector: np.ndarray) -> np.ndarray:
    axis, w = rotation[:3].astype(float), float(rotation[3])
    return vector + 2 * np.cross(axis, np.cross(axis, vector) + w * vector)


def test_random_points_cover_the_mesh_evenly_and_follow_the_generator() -> None:
    navmesh = squares([(0, 0), (1, 0), (2, 0), (4, 0)], disabled=(1,))
    rng = np.random.default_rng(3)
    points = np.array([navmesh.random_navigable_point(rng) for _ in range(900)])
    assert all(navmesh.is_navigable(point) for point in points)
    counts = np.bincount(points[:, 0].astype(int), minlength=5)
    assert counts[1] == counts[3] == 0
    assert counts[[0, 2, 4]] == pytest.approx(300, abs=70)
    assert points[:, 2].mean() == pytest.approx(0.5, abs=0.05)
    again = navmesh.random_navigable_point(np.random.default_rng(3))
    np.testing.assert_array_equal(again, points[0])
    only = [navmesh.random_navigable_point(rng, island=2) for _ in range(20)]
    assert all(navmesh.island(point) == 2 for point in only)
    assert np.isnan(navmesh.random_navigable_point(rng, island=7)).all()


@pytest.mark.parametrize("name", ["house_0001", "house_0004"])
def test_goal_sets_answer_as_single_queries_do(name: str) -> None:
    navmesh = NavMesh.load(HOUSES / f"{name}.navmesh")
    rng = np.random.default_rng(1)
    ends = np.array([navmesh.random_navigable_point(rng) for _ in range(25)])
    goals, tracker = navmesh.goals(ends), GoalTracker(navmesh, ends)
    steps = [navmesh.random_navigable_point(rng) for _ in range(40)]
    for start in steps:
        single = [navmesh.geodesic_distance(start, end) for end in ends]
        assert goals.distance(start) == navmesh.geodesic_distance(start, ends) == min(single)
        assert tracker.distance(start) == pytest.approx(min(single), abs=0.3)
        distance, points, row = goals.path(start)
        assert distance == single[row]
        for a, b in pairwise(points):
            middle = navmesh.snap_point((a + b) / 2)
            assert np.hypot(*(middle - (a + b) / 2)[[0, 2]]) < 0.01  # the path stays on the mesh


@pytest.mark.parametrize("name", ["house_0001", "house_0004"])
def test_a_goal_map_answers_along_walks_as_single_queries_do(name: str) -> None:
    navmesh = NavMesh.load(HOUSES / f"{name}.navmesh")
    rng = np.random.default_rng(2)
    ends = np.array([navmesh.random_navigable_point(rng) for _ in range(25)])
    goals = GoalMap(navmesh, ends, step_m=0.25)
    errors_m = []
    for _ in range(8):
        place, before = navmesh.random_navigable_point(rng), None
        for _ in range(60):
            distance = goals.distance_after_step(place, before)
            errors_m.append(distance - navmesh.geodesic_distance(place, ends))
            yaw_rad = rng.uniform(-np.pi, np.pi)
            step = 0.25 * np.array([np.sin(yaw_rad), 0.0, np.cos(yaw_rad)])
            place, before = navmesh.try_step(place, place + step), place
    assert min(errors_m) >= 0.0
    assert max(errors_m) < 0.05
    assert np.mean(np.array(errors_m) > 1e-5) < 0.02
    assert goals.distance_after_step([np.nan, 0.0, 0.0]) == np.inf


def test_wrong_shapes_are_refused() -> None:
    navmesh = strip(3)
    with pytest.raises(ValueError, match="reshape"):
        navmesh.snap_point([1.0, 2.0])
    with pytest.raises(ValueError, match="reshape"):
        navmesh.geodesic_distance([1.5, 0, 0.5], [1.0, 2.0])


def test_compiled_code_on_disk_depends_on_every_file_of_the_package() -> None:
    version = compiled_module.project_all._cache._cache_file._version  # numba's own stamp covers one file only
    names = {path.name for path in Path(compiled_module.__file__).parent.rglob("*.py")}
    assert {"projection.py", "paths.py", "solid_spans.py"} <= names
    assert all(f"'{name}'" in version for name in names)
