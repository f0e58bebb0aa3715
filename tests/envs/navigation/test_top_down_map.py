"""The map of an episode: what it shows, on the agent's floor alone, at one scale; wrong sizes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from gymnasium.error import ResetNeeded

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.env import NavigationEnv
from leo_agent.envs.navigation.episodes.object_episodes import ObjectEpisode
from leo_agent.envs.navigation.episodes.records import Goal
from leo_agent.envs.navigation.pictures.top_down_map import (
    _FLOOR,
    _GOAL,
    _PATH,
    _PATH_ELSEWHERE,
    _SHORTEST,
    _VIEW_POINT,
    TopDownMap,
    top_down_map,
)
from leo_agent.envs.navigation.simulators import AgentState
from leo_agent.envs.objects import ObjectSet

DATASET = Path(__file__).parents[2] / "data/habitat_houses/objectnav"
STRAIGHT = np.array([0, 0, 0, 1], np.float32)
UPSTAIRS_M = 3.0


class TwoFloors:
    """A floor 6 x 4 m at y = 0 and one 3 x 4 m above it, each with a bed; stairs lead from (5.5, 0, 2) upstairs."""

    objects = ObjectSet(
        np.zeros((2, 4, 6), np.float32),
        np.array([[1.0, 0.3, 1.0, 1.0, 0.6, 1.6], [1.0, 3.3, 3.0, 1.6, 0.6, 1.0]], np.float32),
        np.array([1, 2]),
        ["bed", "bed"],
    )

    def is_navigable(self, point: np.ndarray) -> bool:
        x, y, z = point
        return bool(0 < z < 4 and ((abs(y) < 0.5 and 0 < x < 6) or (abs(y - UPSTAIRS_M) < 0.5 and 0 < x < 3)))

    def island(self, point: np.ndarray) -> int:
        return 0 if self.is_navigable(point) else -1

    def random_navigable_point(self, rng: np.random.Generator) -> np.ndarray:
        return np.float32([rng.uniform(0, 6), 0.0, rng.uniform(0, 4)])

    def shortest_path(self, start: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return np.float32([[4.0, 0.0, 2.0], [5.5, 0.0, 2.0], [2.5, UPSTAIRS_M, 2.0], ends[0]])


def upstairs_episode() -> ObjectEpisode:
    view_point = np.array([[2.0, UPSTAIRS_M, 3.0]])
    goal = Goal(np.array([1.0, 3.3, 3.0]), view_point, "2", "bed")
    start = np.array([4.0, 0.0, 2.0])
    return ObjectEpisode(
        episode_id="0",
        scene_id="scenes/house.glb",
        scene_dataset_config="default",
        start_position=start,
        start_rotation=STRAIGHT.astype(float),
        goals=(goal,),
        object_category="bed",
    )


def share(picture: np.ndarray, color: tuple[int, int, int]) -> float:
    """The part of the picture above the legend that has a colour, up to what scaling blurs."""
    return float(np.mean(np.abs(picture[:-45].astype(int) - color).max(axis=-1) <= 6))


def test_each_floor_has_its_own_map() -> None:
    path = [(4.0, 0.0, 2.0), (5.5, 0.0, 2.0), (2.5, UPSTAIRS_M, 2.0), (2.0, UPSTAIRS_M, 2.0)]
    drawing = TopDownMap(TwoFloors(), upstairs_episode(), 300)  # type: ignore[arg-type]
    below = np.array(drawing.draw(path[:2], AgentState(np.float32(path[1]), STRAIGHT)))
    above = np.array(drawing.draw(path, AgentState(np.float32(path[3]), STRAIGHT)))
    assert below.shape == above.shape == (300, 300, 3)
    assert share(below, _FLOOR) > 1.6 * share(above, _FLOOR) > 0.1
    assert share(below, _GOAL) == 0.0 < share(above, _GOAL)  # the bed below is not the goal
    assert share(below, _VIEW_POINT) == 0.0 < share(above, _VIEW_POINT)
    assert share(below, _PATH) > 0.0
    assert share(below, _PATH_ELSEWHERE) == 0.0 < share(above, _PATH_ELSEWHERE)
    assert share(above, _SHORTEST) > 0.0
    # The same metre is the same number of pixels on both: the left border of the floor is at one place.
    left = [
        np.flatnonzero((np.abs(picture[:-45].astype(int) - _FLOOR).max(-1) <= 6).any(0))[0]
        for picture in (below, above)
    ]
    assert left[0] == left[1]
    np.testing.assert_array_equal(below, np.array(drawing.draw(path[:2], AgentState(np.float32(path[1]), STRAIGHT))))


def test_a_start_off_the_navmesh_and_a_goal_out_of_reach_are_drawn() -> None:
    class Unreachable(TwoFloors):
        def shortest_path(self, start: np.ndarray, ends: np.ndarray) -> np.ndarray:
            return np.empty((0, 3), np.float32)

        def island(self, point: np.ndarray) -> int:
            return -1

    picture = top_down_map(Unreachable(), upstairs_episode(), size_px=256)  # type: ignore[arg-type]
    assert picture.shape == (256, 256, 3)
    assert share(picture, _FLOOR) > 0.1
    assert share(picture, _SHORTEST) == 0.0


@pytest.mark.parametrize("size_px", [199, 5000, 480.5, float("nan"), None])
def test_sizes_that_cannot_be_drawn(size_px: object) -> None:
    with pytest.raises(InputError, match=f"size_px: found {size_px}, expected a whole number, 200 to 4096"):
        top_down_map(TwoFloors(), upstairs_episode(), size_px=size_px)  # type: ignore[arg-type]


def test_the_environment_draws_the_episode_so_far() -> None:
    environment = NavigationEnv("leo/ObjectNav-v0", DATASET, render_observations=False, num_points=8)
    with pytest.raises(ResetNeeded):
        environment.top_down_map()
    environment.reset(options={"scene": "house_0001", "episode_id": "7"})
    before = environment.top_down_map(400)
    for _ in range(12):
        environment.step(environment.expert_action())
    after = environment.top_down_map(400)
    assert before.shape == after.shape == (400, 400, 3)
    assert before.dtype == np.uint8
    assert after.flags.writeable
    assert share(before, _FLOOR) > 0.2
    assert min(share(before, color) for color in (_GOAL, _VIEW_POINT, _SHORTEST)) > 0.0
    assert share(after, _PATH) > share(before, _PATH)
    assert math.isclose(share(before, _GOAL), share(after, _GOAL), rel_tol=0.2)
