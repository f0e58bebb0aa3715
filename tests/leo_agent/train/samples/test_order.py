"""The order of a pass: every frame once, neighbours of few houses, episodes together."""

import numpy as np
import pytest

from leo_agent.train.samples.order import HOUSES, EpisodeFrames, block_order, house_numbers

BLOCK = 400


def episodes(houses: int, each: int, seed: int = 0) -> EpisodeFrames:
    """Episodes of 10 to 39 frames, those of a house apart from each other."""
    length = np.random.default_rng(seed).integers(10, 40, houses * each)
    return EpisodeFrames(np.cumsum(length) - length, length, np.tile(np.arange(houses), each))


def order(given: EpisodeFrames, seed: int = 0) -> np.ndarray:
    return block_order(given, BLOCK, np.random.default_rng(seed))


@pytest.mark.parametrize(("houses", "each"), [(50, 20), (1, 300), (300, 1), (2, 1), (1, 1)])
def test_every_frame_comes_once(houses, each):
    given = episodes(houses, each)
    assert sorted(order(given)) == list(range(given.num_frames))


def test_no_episode_and_episodes_of_no_frame_give_none():
    nothing = np.zeros(0, np.int64)
    assert not len(order(EpisodeFrames(nothing, nothing, nothing)))
    assert sorted(order(EpisodeFrames(np.array([0, 0, 3]), np.array([0, 3, 2]), np.array([1, 1, 2])))) == [*range(5)]


def test_a_batch_mixes_a_few_houses_of_many_and_frames_of_many_episodes():
    given = episodes(100, 20)
    house_of = np.repeat(given.house, given.length)
    episode_of = np.repeat(np.arange(len(given.start)), given.length)
    batches = order(given)[: given.num_frames // 64 * 64].reshape(-1, 64)
    houses = [len(np.unique(house_of[batch])) for batch in batches]
    print(f"houses in a batch of 64: {np.mean(houses):.1f}, most {max(houses)}, of 100")
    assert HOUSES / 2 < np.mean(houses) < 1.6 * HOUSES
    assert np.mean([len(np.unique(episode_of[batch])) for batch in batches]) > HOUSES


def test_a_reader_that_holds_two_blocks_needs_each_episode_once():
    given = episodes(100, 20)
    episode_of = np.repeat(np.arange(len(given.start)), given.length)[order(given)]
    span = [np.ptp(np.flatnonzero(episode_of == each)) for each in range(len(given.start))]
    assert max(span) < 2 * BLOCK


def test_it_follows_from_the_generator_alone_and_passes_differ():
    given = episodes(20, 5)
    assert np.array_equal(order(given, 1), order(given, 1))
    assert (order(given, 1) != order(given, 2)).mean() > 0.9


def test_houses_are_known_by_name_and_episodes_without_one_are_alone():
    assert house_numbers(["a", None, "b", "a", None]).tolist() == [0, 1, 2, 0, 3]
