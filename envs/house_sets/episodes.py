"""Draws ObjectNav episodes in a house, by the rules of Habitat's generators."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.house_sets.goals import HouseGoal, ViewPoint
from leo_agent.envs.navmesh import NavMesh

# Geodesic distances of habitat-lab's PointNav and ObjectNav generators: 1 to 30 m. Starts with a straight way to the
# goal are thinned out: below a ratio of geodesic to straight distance of 1.05 one is kept with a probability of
# 20 (ratio - 0.98)^2 (habitat-lab, datasets/pointnav/pointnav_generator.py). Both distances are to the view point that
# is nearest on foot; to the object's middle, as in Habitat's, the ratio could fall below 1.
MIN_DISTANCE_M, MAX_DISTANCE_M = 1.0, 30.0
_RATIO = 1.05
_MAX_DRAWS = 400


@dataclass(frozen=True, eq=False)
class DrawnEpisode:
    """A start pose and what to find."""

    category: str  # of the goal
    start_position: NDArray[np.float64]  # (3,), metres
    yaw_rad: float  # about +Y, 0 looks along -Z
    geodesic_distance_m: float  # on foot to the nearest view point
    euclidean_distance_m: float  # straight to the middle of that view point's object
    closest_object_id: int  # of the nearest view point


@dataclass(frozen=True, eq=False)
class PointEpisode:
    """An episode that asks for a point."""

    start: DrawnEpisode  # where it starts, and how far that is from the point
    goal_position: NDArray[np.float64]  # (3,), metres


def draw_episodes(
    navmesh: NavMesh, island: int, goals: list[HouseGoal], count: int, rng: np.random.Generator
) -> list[DrawnEpisode]:
    """`count` episodes, their categories in turn (in random order) over those that the house has.

    Fewer where a category has no start at the right distance.
    """
    by_category: dict[str, list[HouseGoal]] = {}
    for goal in goals:
        by_category.setdefault(goal.category, []).append(goal)
    order = sorted(by_category)
    episodes: list[DrawnEpisode] = []
    for number in range(count):
        if number % len(order) == 0:
            order = [order[i] for i in rng.permutation(len(order))]
        category = order[number % len(order)]
        episode = _draw(navmesh, island, by_category[category], category, rng)
        if episode is not None:
            episodes.append(episode)
    return episodes


def draw_point_episodes(navmesh: NavMesh, island: int, count: int, rng: np.random.Generator) -> list[PointEpisode]:
    """`count` episodes that ask for a point, drawn like the starts."""
    episodes: list[PointEpisode] = []
    while len(episodes) < count:
        point = _rounded_point(navmesh, island, rng)
        goal = HouseGoal(0, "point", "", np.stack([point, point]), (ViewPoint(point, 0.0, 1.0),))
        start = _draw(navmesh, island, [goal], goal.category, rng)
        if start is not None:
            episodes.append(PointEpisode(start, point))
    return episodes


def _rounded_point(navmesh: NavMesh, island: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A random point as files keep it: what is measured is what will be asked."""
    return np.array(np.round(navmesh.random_navigable_point(rng, island).astype(np.float64), 5), np.float64)


def _draw(
    navmesh: NavMesh, island: int, goals: list[HouseGoal], category: str, rng: np.random.Generator
) -> DrawnEpisode | None:
    owners = [goal for goal in goals for _ in goal.view_points]
    positions = np.array([view_point.position for goal in goals for view_point in goal.view_points])
    ends = navmesh.goals(positions)
    for _ in range(_MAX_DRAWS):
        start = _rounded_point(navmesh, island, rng)
        distance, _, row = ends.path(start)
        if not MIN_DISTANCE_M <= distance <= MAX_DISTANCE_M:
            continue
        ratio = distance / float(np.linalg.norm(start - positions[row]))
        if ratio < _RATIO and rng.random() > 20.0 * (ratio - 0.98) ** 2:
            continue
        yaw = float(rng.uniform(0.0, 2.0 * math.pi))
        straight = float(np.linalg.norm(start - owners[row].box.mean(axis=0)))
        return DrawnEpisode(category, start, yaw, distance, straight, owners[row].object_id)
    return None
