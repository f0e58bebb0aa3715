"""What a navigation policy is not offered at a wall, after a turn, and after a full circle."""

import numpy as np
from leo_agent.policies.leo.acting.blocked_moves import FORWARD, FULL_CIRCLE, LEFT, RIGHT, BlockedMoves

HERE, THERE = np.zeros(3), np.array([0.25, 0.0, 0.0])


def test_nothing_is_forbidden_at_first_and_after_a_free_step():
    moves = BlockedMoves()
    assert moves.forbidden(HERE) == set()
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(THERE) == set()


def test_a_blocked_step_is_not_repeated_but_free_after_a_turn():
    moves = BlockedMoves()
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(HERE) == {FORWARD}
    moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {RIGHT}


def test_a_turn_may_be_undone_once_the_agent_has_moved():
    moves = BlockedMoves()
    moves.acted(HERE, RIGHT)
    assert moves.forbidden(HERE) == {LEFT}
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(THERE) == set()


def test_after_a_full_circle_it_must_try_a_step():
    moves = BlockedMoves()
    for _ in range(FULL_CIRCLE):
        assert FORWARD not in moves.forbidden(HERE)
        moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {LEFT, RIGHT}
    moves.acted(HERE, FORWARD)
    assert moves.forbidden(HERE) == {FORWARD, RIGHT}
    moves.acted(HERE, LEFT)
    assert moves.forbidden(HERE) == {LEFT, RIGHT}
