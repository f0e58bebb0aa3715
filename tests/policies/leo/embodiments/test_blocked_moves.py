"""What a navigation policy is not offered at a wall, after a turn, and after a full circle."""

import numpy as np

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, NavigationEmbodiment
from leo_agent.policies.leo.embodiments.blocked_moves import BlockedMoves

BODY = NavigationEmbodiment()
HERE, THERE = np.zeros(3), np.array([0.25, 0.0, 0.0])


def test_nothing_is_forbidden_at_first_and_after_a_free_step():
    moves = BlockedMoves(BODY)
    assert moves.forbidden(HERE) == set()
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(THERE) == set()


def test_a_blocked_step_is_not_repeated_but_free_after_a_turn():
    moves = BlockedMoves(BODY)
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(HERE) == {FORWARD}
    moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {RIGHT}


def test_a_turn_may_be_undone_once_the_agent_has_moved():
    moves = BlockedMoves(BODY)
    moves.acted(HERE, RIGHT)
    assert moves.forbidden(HERE) == {LEFT}
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(THERE) == set()


def test_after_a_full_circle_it_must_try_a_step():
    moves = BlockedMoves(BODY)
    assert moves.full_circle == 12
    for _ in range(moves.full_circle):
        assert FORWARD not in moves.forbidden(HERE)
        moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {LEFT, RIGHT}
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(HERE) == {FORWARD, RIGHT}
    moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {LEFT, RIGHT}


def test_circle_and_step_are_those_of_the_body():
    moves = BlockedMoves(NavigationEmbodiment(turn_angle_deg=10, forward_step_m=2.0))
    assert moves.full_circle == 36
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(THERE) == {FORWARD}  # 0.25 m of 2 m
