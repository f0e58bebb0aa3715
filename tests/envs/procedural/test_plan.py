"""Floor plans: rooms do not overlap, all are reached by doors, windows look outside."""

import itertools

import numpy as np
import pytest

from leo_agent.envs.procedural.houses.plan import draw_floor_plan, walls_of
from leo_agent.envs.procedural.houses.plan.geometry import WALL_M
from leo_agent.envs.procedural.houses.rooms import room_functions

PLANS = [draw_floor_plan(np.random.default_rng(seed)) for seed in range(60)]
AGENT_NEEDS_M = 0.7  # a door that Recast's cells never close for an agent of radius 0.18 m


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_rooms_lie_inside_and_apart_by_a_wall(plan):
    for room in plan.rooms:
        assert plan.outline.grown(-WALL_M).holds(room.rect)
        assert min(room.rect.width, room.rect.depth) >= 1.1
    for one, other in itertools.combinations(plan.rooms, 2):
        assert not one.rect.grown(WALL_M / 2.0 - 1e-6).overlaps(other.rect.grown(WALL_M / 2.0 - 1e-6))


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_every_room_is_reached_through_doors(plan):
    ways = [opening for opening in plan.openings if opening.kind in ("door", "passage")]
    assert all(opening.end - opening.start >= AGENT_NEEDS_M for opening in ways)
    reached = {plan.rooms[0].name}
    for _ in plan.rooms:
        reached |= {name for opening in ways if reached & set(opening.rooms) for name in opening.rooms}
    assert reached == {room.name for room in plan.rooms}


@pytest.mark.parametrize("plan", PLANS, ids=range(len(PLANS)))
def test_every_opening_is_a_hole_in_the_walls_of_its_rooms(plan):
    for room in plan.rooms:
        walls = walls_of(plan, room)
        holes = [hole for wall in walls for hole in wall.holes]
        assert sorted(map(id, (hole.opening for hole in holes))) == sorted(
            id(opening) for opening in plan.openings if room.name in opening.rooms
        )
        for wall in walls:
            for hole in wall.holes:
                assert -wall.length / 2.0 - 1e-6 <= hole.start < hole.end <= wall.length / 2.0 + 1e-6
                assert wall.outer == (hole.opening.kind in ("window", "entrance"))
                # Where the wall says that the middle of the hole is, the opening is.
                x, z = wall.point((hole.start + hole.end) / 2.0, -WALL_M / 2.0)
                along, line = (x, z) if hole.opening.axis == "x" else (z, x)
                assert line == pytest.approx(hole.opening.line)
                assert along == pytest.approx((hole.opening.start + hole.opening.end) / 2.0)
            for one, other in itertools.pairwise(wall.holes):
                assert one.end < other.start


def test_plans_have_the_rooms_of_a_home_and_differ():
    functions = {room.function for plan in PLANS for room in plan.rooms}
    areas = [plan.outline.area for plan in PLANS]
    print(f"area {min(areas):.0f} to {max(areas):.0f} m², median {np.median(areas):.0f} m²; rooms: {sorted(functions)}")
    assert functions == set(room_functions())
    for plan in PLANS:
        assert {"living_room", "kitchen", "bedroom", "bathroom", "hallway"} <= {room.function for room in plan.rooms}
    assert len({plan.outline for plan in PLANS}) == len(PLANS)
    assert min(areas) > 60.0
    assert max(areas) < 150.0
