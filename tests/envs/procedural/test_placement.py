"""Furniture keeps apart from furniture and doors, and ways stay open."""

import itertools

import numpy as np
import pytest

from leo_agent.envs.procedural.houses.furniture import Furniture
from leo_agent.envs.procedural.houses.palette import draw_palette
from leo_agent.envs.procedural.houses.placement import Arrangement, Piece, RoomSpace
from leo_agent.envs.procedural.houses.plan import FloorPlan, Opening, Rect, Room, draw_floor_plan
from leo_agent.envs.procedural.houses.rooms import furnish
from leo_agent.envs.procedural.houses.shapes import Material, Model, Top, box

ROOM = Room("bedroom_1", "bedroom", Rect(0.0, 0.0, 4.0, 3.0))


def plan_with_doors(*doors: Opening) -> FloorPlan:
    return FloorPlan((ROOM,), doors, Rect(-0.12, -0.12, 4.12, 3.12), 2.6)


def door(axis: str, line: float, start: float) -> Opening:
    return Opening("door", axis, line, start, start + 0.85, 0.0, 2.05, ("bedroom_1",))  # type: ignore[arg-type]


TWO_DOORS = plan_with_doors(door("z", -0.06, 0.3), door("z", 4.06, 0.3))


def block(width: float, height: float, depth: float) -> Furniture:
    model = Model()
    box(model, Material(), (-width / 2.0, width / 2.0), (0.0, height), (0.0, depth))
    return Furniture("block", "table", model)


def boxes(space: RoomSpace) -> np.ndarray:
    return np.array([piece.model.bounds for piece in space.placed])


def shared_m(one: np.ndarray, other: np.ndarray) -> float:
    """How deep two boxes are in each other; negative: how far apart."""
    return float((np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])).min())


def test_blocks_fill_a_room_without_touching_doors_or_each_other():
    space = RoomSpace(TWO_DOORS, ROOM, np.random.default_rng(0))
    placed = sum(space.at_wall(Arrangement.of(block(0.8, 0.9, 0.5))) is not None for _ in range(12))
    assert 3 <= placed < 12
    for one, other in itertools.combinations(boxes(space), 2):
        assert shared_m(one, other) < 0.005
    for zone in ([(0.0, 0.0, 0.3), (0.8, 2.0, 1.15)], [(3.2, 0.0, 0.3), (4.0, 2.0, 1.15)]):
        assert all(shared_m(np.array(zone), each) < 0.005 for each in boxes(space))
    assert (boxes(space)[:, 0] >= -0.011).all()
    assert (boxes(space)[:, 1] <= (4.011, 2.61, 3.011)).all()


def test_the_way_between_two_doors_stays_open():
    space = RoomSpace(TWO_DOORS, ROOM, np.random.default_rng(0))
    across = Arrangement.of(block(2.8, 0.9, 0.4))
    lying_across = [spot for spot in (space.at_wall(across),) if spot is not None]
    assert lying_across  # along a wall it is not in the way
    assert space.in_middle(Arrangement((Piece(block(0.4, 0.9, 2.6)),)), yaws=(0.0,)) is None
    # What is low enough is walked over, what is high enough walked under.
    assert space.in_middle(Arrangement((Piece(block(0.4, 0.1, 1.4)),)), yaws=(0.0,)) is not None


def test_an_agent_can_stand_before_what_was_placed():
    narrow = Room("bedroom_1", "bedroom", Rect(0.0, 0.0, 4.0, 1.4))
    plan = FloorPlan((narrow,), (door("z", -0.06, 0.3),), Rect(-0.12, -0.12, 4.12, 1.52), 2.6)
    space = RoomSpace(plan, narrow, np.random.default_rng(0))
    spot = space.at_wall(Arrangement.of(block(0.6, 1.8, 0.5)))
    assert spot is not None
    # Blocks so deep that nobody passes would shut the first one off behind them; only those behind it fit.
    for _ in range(5):
        space.at_wall(Arrangement.of(block(0.6, 1.8, 0.95)), reach=False)
    first, *others = boxes(space)
    assert all(each[0, 0] >= first[0, 0] - 0.01 for each in others)


def test_small_things_stand_on_tops_and_apart():
    space = RoomSpace(TWO_DOORS, ROOM, np.random.default_rng(1))
    table = block(1.2, 0.8, 0.5)
    table.model.tops.append(Top((-0.6, 0.6), (0.0, 0.5), 0.8))
    assert space.at_wall(Arrangement.of(table))
    placed = sum(space.on_top(block(0.3, 0.3, 0.3)) for _ in range(8))
    assert 2 <= placed < 8
    for one, other in itertools.combinations(boxes(space), 2):
        assert shared_m(one, other) < 0.005
    assert all(each[0, 1] == pytest.approx(0.8) for each in boxes(space)[1:])


def test_what_hangs_does_not_cover_a_window():
    window = Opening("window", "x", -0.06, 1.0, 3.0, 0.9, 2.1, ("bedroom_1",))
    space = RoomSpace(plan_with_doors(door("z", -0.06, 0.3), window), ROOM, np.random.default_rng(0))
    wall = next(wall for wall in space.walls if any(hole.opening is window for hole in wall.holes))
    for _ in range(6):
        space.hang(block(0.5, 0.6, 0.03), 1.2, walls=[wall])
    assert space.placed
    assert all(each[1, 0] <= 1.005 or each[0, 0] >= 2.995 for each in boxes(space))


@pytest.mark.parametrize("seed", range(4))
def test_furnished_rooms_hold_what_their_function_asks_for(seed):
    plan = draw_floor_plan(np.random.default_rng(seed))
    palette = draw_palette(np.random.default_rng(seed))
    wanted = {"bedroom": "bed", "bathroom": "toilet", "kitchen": "counter", "hallway": "clothes", "office": "table"}
    for room in plan.rooms:
        space = RoomSpace(plan, room, np.random.default_rng(seed))
        furnish(space, palette)
        categories = {piece.category for piece in space.placed}
        assert "lighting" in categories
        assert wanted.get(room.function, "lighting") in categories, f"{room.name}: {categories}"
        grown = np.array([(room.rect.x0, 0.0, room.rect.z0), (room.rect.x1, plan.height, room.rect.z1)])
        for piece in space.placed:
            if piece.category != "window":  # those lie in the wall
                assert (piece.model.bounds[0] >= grown[0] - 0.1).all(), piece.name
                assert (piece.model.bounds[1] <= grown[1] + 0.1).all(), piece.name
