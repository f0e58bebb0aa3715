"""The navmesh answers against those recorded from habitat-sim 0.3.4 and habitat-lab 0.3.4 (tests/data)."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from leo_agent.envs.navmesh import GoalTracker, NavMesh, turn_in_place, walk_forward
from tests.envs.recorded import HOUSES, NAMES, recorded_episodes

TURN_DEG = 30.0


@cache
def load_house(name: str) -> tuple[NavMesh, dict[str, np.ndarray]]:
    with np.load(HOUSES / f"{name}.golden.npz") as recorded:
        return NavMesh.load(HOUSES / f"{name}.navmesh"), {key: recorded[key] for key in recorded if "view" not in key}


def relative_errors(found: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    finite = np.isfinite(recorded) & (recorded > 0)
    return np.abs(found[finite] - recorded[finite]) / recorded[finite]


def check_distances(label: str, found: np.ndarray, recorded: np.ndarray) -> None:
    errors = relative_errors(found, recorded)
    same_reach = np.mean(np.isfinite(found) == np.isfinite(recorded))
    print(
        f"{label}: reachability equal on {same_reach:.2%}, relative error median {np.median(errors):.2e}, "
        f"99 % {np.quantile(errors, 0.99):.2e}, identical {np.mean(found == recorded):.2%}"
    )
    assert same_reach == 1.0
    assert np.median(errors) <= 1e-3
    assert np.quantile(errors, 0.99) <= 1e-2


@pytest.mark.parametrize("name", NAMES)
def test_pair_distances(name: str) -> None:
    navmesh, recorded = load_house(name)
    pairs = zip(recorded["pair_start"], recorded["pair_end"], strict=True)
    found = np.array([navmesh.geodesic_distance(start, end) for start, end in pairs])
    check_distances(f"{name} pairs", found, recorded["pair_geodesic"])


@pytest.mark.parametrize("name", NAMES)
def test_nearest_of_eight_goals(name: str) -> None:
    navmesh, recorded = load_house(name)
    queries = list(zip(recorded["multi_start"], recorded["multi_ends"], strict=True))
    paths = [navmesh.shortest_path(start, ends) for start, ends in queries]
    check_distances(f"{name} multi", np.array([path[0] for path in paths]), recorded["multi_geodesic"])
    reached = np.isfinite(recorded["multi_geodesic"])
    assert np.array_equal(np.array([path[2] for path in paths])[reached], recorded["multi_closest"][reached])
    for (start, ends), (distance, points, _) in zip(queries, paths, strict=True):
        assert navmesh.geodesic_distance(start, ends) == navmesh.goals(ends).distance(start) == distance
        if np.isfinite(distance):
            assert np.linalg.norm(np.diff(points, axis=0), axis=1).sum() == pytest.approx(distance, rel=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_islands_and_area(name: str) -> None:
    navmesh, recorded = load_house(name)
    found = [navmesh.island(point) for point in recorded["nav_points"]]
    assert np.array_equal(found, recorded["nav_island"])
    assert navmesh.navigable_area() == pytest.approx(float(recorded["navigable_area"]), rel=1e-5)
    by_island = [navmesh.navigable_area(island) for island in range(navmesh.num_islands)]
    assert sum(by_island) == pytest.approx(navmesh.navigable_area())


@pytest.mark.parametrize("name", NAMES)
def test_probes(name: str) -> None:
    navmesh, recorded = load_house(name)
    points = recorded["probe_points"]
    navigable = np.mean([navmesh.is_navigable(point) for point in points] == recorded["probe_navigable"])
    snapped = np.array([navmesh.snap_point(point) for point in points])
    snap = np.mean(np.all(np.isclose(snapped, recorded["probe_snap"], rtol=0, atol=1e-3, equal_nan=True), axis=1))
    clearance = np.array([navmesh.obstacle_distance(point) for point in points])
    finite = np.isfinite(recorded["probe_clearance"])
    worst_m = np.abs(clearance[finite] - recorded["probe_clearance"][finite]).max()
    print(f"{name} probes: navigable {navigable:.2%}, snap {snap:.2%}, clearance error at most {worst_m:.1e} m")
    assert navigable >= 0.995
    assert snap >= 0.995
    assert np.array_equal(np.isfinite(clearance), finite)
    assert worst_m <= 0.01


def walk(
    navmesh: NavMesh, start: np.ndarray, actions: np.ndarray, slide: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(positions (N + 1, 3), yaws in degrees (N + 1,), collided (N,)) of actions 0 forward, 1 left, 2 right."""
    position, rotation = start, np.array([0, 0, 0, 1], np.float32)
    positions, rotations, collisions = [position], [rotation], []
    for action in actions:
        collided = False
        if action == 0:
            position, collided = walk_forward(navmesh, position, rotation, 0.25, slide)
        else:
            angle_deg = TURN_DEG if action == 1 else -TURN_DEG
            position, rotation = turn_in_place(navmesh, position, rotation, angle_deg, slide)
        positions.append(position)
        rotations.append(rotation)
        collisions.append(collided)
    halves_rad = np.arctan2(np.array(rotations)[:, 1].astype(float), np.array(rotations)[:, 3].astype(float))
    return np.array(positions), np.rad2deg(2 * halves_rad), np.array(collisions)


@pytest.mark.parametrize("kind", ["walk", "slide"])
@pytest.mark.parametrize("name", NAMES)
def test_walks(name: str, kind: str) -> None:
    navmesh, recorded = load_house(name)
    positions, yaws_deg, collided = recorded[f"{kind}_position"], recorded[f"{kind}_yaw_deg"], []
    end_errors_m, identical = [], []
    for row, actions in enumerate(recorded[f"{kind}_actions"]):
        found, found_yaws_deg, found_collided = walk(navmesh, positions[row, 0], actions, kind == "slide")
        end_errors_m.append(np.linalg.norm(found[-1] - positions[row, -1]))
        identical.append(np.array_equal(found, positions[row]))
        collided.append(found_collided)
        np.testing.assert_allclose(found_yaws_deg, yaws_deg[row], rtol=0, atol=1e-3)
    arrived = np.mean(np.array(end_errors_m) <= 0.01)
    flags = np.mean(np.array(collided) == recorded[f"{kind}_collided"])
    print(
        f"{name} {kind}: {arrived:.1%} of walks end within 1 cm, collision flag equal on {flags:.2%} of steps, "
        f"{np.mean(identical):.1%} of walks identical in every bit"
    )
    assert arrived >= 0.97
    assert flags >= 0.995


def test_distance_to_goal_of_whole_episodes() -> None:
    """Replays habitat-lab's episodes from their start: positions and distance_to_goal at every step."""
    position_errors_m: list[float] = []
    equal: list[bool] = []
    for recorded in recorded_episodes():
        name = recorded["scene_id"].split(".")[0]
        navmesh = load_house(name)[0]
        episode, ends = episode_and_ends(name, recorded["episode_id"])
        tracker = GoalTracker(navmesh, ends)
        position, rotation = np.float32(episode["start_position"]), np.float32(episode["start_rotation"])
        asked_at, distance = None, np.inf
        for action, expected, metrics in zip(
            [None, *recorded["actions"]], recorded["position"], recorded["metrics"], strict=True
        ):
            if action == 1:
                position, _ = walk_forward(navmesh, position, rotation)
            elif action in (2, 3):
                position, rotation = turn_in_place(navmesh, position, rotation, TURN_DEG if action == 2 else -TURN_DEG)
            if asked_at is None or not np.allclose(asked_at, position, atol=1e-4):  # as habitat-lab's measure asks
                asked_at, distance = position, tracker.distance(position)
            position_errors_m.append(float(np.abs(position - expected).max()))
            equal.append(distance == metrics["distance_to_goal"])
    print(f"{len(equal)} steps: distance_to_goal identical on {np.mean(equal):.2%}, positions {max(position_errors_m)}")
    assert max(position_errors_m) < 1e-4  # recorded with five decimals
    assert np.mean(equal) >= 0.999


@cache
def episodes_of(name: str) -> dict:
    with gzip.open(HOUSES / "objectnav" / "val" / "content" / f"{name}.json.gz", "rt") as file:
        return json.load(file)


def episode_and_ends(name: str, episode_id: str) -> tuple[dict, np.ndarray]:
    content = episodes_of(name)
    episode = content["episodes"][int(episode_id)]
    goals = content["goals_by_category"][f"{Path(episode['scene_id']).name}_{episode['object_category']}"]
    return episode, np.float32([view["agent_state"]["position"] for goal in goals for view in goal["view_points"]])
