"""The buffer of episodes: loads what is wanted ahead, keeps to its limit, and tells what went wrong to who asks."""

import threading
import time
from dataclasses import dataclass

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.train.samples.episode_buffer import EpisodeBuffer


@dataclass(frozen=True)
class Loaded:
    number: int
    num_bytes: int = 10


class Loader:
    """Notes what is loaded, and fails where it is told to."""

    def __init__(self) -> None:
        self.loaded: list[int] = []
        self.broken: set[int] = set()

    def __call__(self, episode, after):
        self.loaded.append(episode)
        if episode in self.broken:
            raise InputError(f"video {episode}: damaged")
        return Loaded(episode)


def idle(buffer: EpisodeBuffer) -> None:
    """Waits until nothing more is loaded."""
    deadline = time.monotonic() + 10
    while buffer._thread is not None:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_what_is_wanted_is_there_before_it_is_asked_for_and_loaded_once():
    load = Loader()
    buffer = EpisodeBuffer(load, 100)
    buffer.want([3, 1, 2])
    idle(buffer)
    assert load.loaded == [3, 1, 2]
    assert [buffer.get(each).number for each in (1, 2, 3, 1)] == [1, 2, 3, 1]
    assert load.loaded == [3, 1, 2]


def test_the_limit_holds_and_the_nearest_come_first():
    load = Loader()
    buffer = EpisodeBuffer(load, 50)
    buffer.want(list(range(20)))
    idle(buffer)
    assert load.loaded == [0, 1, 2, 3, 4]
    buffer.want(list(range(3, 20)))
    idle(buffer)
    assert load.loaded == [*range(8)], "what is not wanted any more made room"
    assert buffer.num_bytes <= 50


def test_what_was_used_stays_while_there_is_room():
    load = Loader()
    buffer = EpisodeBuffer(load, 1000)
    for pass_over_all in range(3):
        for episode in range(10):
            buffer.want([episode])
            assert buffer.get(episode).number == episode, pass_over_all
    assert sorted(load.loaded) == list(range(10))


def test_an_episode_that_nobody_named_is_loaded_when_it_is_asked_for_whatever_the_limit():
    load = Loader()
    buffer = EpisodeBuffer(load, 10)
    assert [buffer.get(each).number for each in range(5)] == list(range(5))
    assert buffer.num_bytes <= 20


def test_a_problem_is_told_to_who_asks_and_the_others_go_on():
    load = Loader()
    load.broken = {1}
    buffer = EpisodeBuffer(load, 100)
    buffer.want([0, 1, 2])
    idle(buffer)
    assert buffer.get(2).number == 2
    for _ in range(2):
        with pytest.raises(InputError, match="video 1: damaged"):
            buffer.get(1)


def test_no_thread_stays_when_nothing_is_wanted():
    before = threading.active_count()
    buffer = EpisodeBuffer(Loader(), 1000)
    buffer.want(list(range(50)))
    buffer.want([])
    idle(buffer)
    assert threading.active_count() == before
