"""Two programs do the same work in turns, and the ratio is of that run."""

import importlib
import json
import sys
import textwrap
from pathlib import Path

import pytest

# A program that takes made-up seconds for a step, and writes down when it was asked what.
PROGRAM = """
    import json, sys
    sys.path.insert(0, {peers!r})
    from serving import serve

    def work(first, count):
        print("a simulator's own chatter")
        with open({log!r}, "a") as file:
            file.write(json.dumps([{name!r}, first, count]) + "\\n")
        if first > {dies_after}:
            sys.exit("no more memory on the device")
        return count * {seconds}

    serve({{"work": work}})
"""


@pytest.fixture
def turns():
    return importlib.import_module("peers.turns")


@pytest.fixture
def side(turns, tmp_path):
    """Makes programs, and ends them after the test."""
    made = []

    def make(name: str, seconds: float, dies_after: int = 10**9):
        script = tmp_path / f"{name}.py"
        peers = str(Path(turns.__file__).parent)
        values = {"peers": peers, "log": str(tmp_path / "log"), "name": name, "seconds": seconds}
        script.write_text(textwrap.dedent(PROGRAM).format(**values, dies_after=dies_after))
        made.append(turns.Side(name, [sys.executable, str(script)]))
        return made[-1]

    yield make
    for each in made:
        each.close()


def asked(tmp_path) -> list:
    return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]


def test_both_do_the_same_work_in_turns(turns, side, tmp_path):
    done = turns.compare(side("a", 0.001), side("b", 0.008), unit=70, seconds=1.0, turns=3)
    assert done.ratios == pytest.approx((8.0, 8.0, 8.0))
    assert (done.ours_per_s, done.theirs_per_s) == pytest.approx((1000.0, 125.0))
    assert done.text == "8.0 (8.0-8.0)"
    counted = asked(tmp_path)[3:]  # before: one turn of ours that compiles, and one of each that says how long it takes
    count = 70 * 2  # the slower one's turn is a second or a little more: 1 / (70 * 0.008) = 1.8 walks
    assert counted == [[name, turn * count, count] for turn in range(3) for name in ("a", "b")]


def test_the_ratio_is_the_median_of_the_pairs(turns):
    done = turns.Comparison(1.0, 1.0, (9.0, 6.0, 6.5))
    assert done.text == "6.5 (6.0-9.0)"


def test_a_program_that_ends_says_why(turns, side):
    with pytest.raises(turns.PeerError, match=r"^b: ended with code 1 at 'work': .*no more memory on the device"):
        turns.compare(side("a", 0.001), side("b", 0.1, dies_after=0), unit=1, seconds=0.1, turns=2)


def test_the_same_walk_for_every_simulator():
    walk = importlib.import_module("peers.walk")
    done: list = []
    seconds = walk.walk_seconds(done.append, done.append, [[1.0, 0.0, 2.0], [3.0, 0.0, 4.0]], first=70, count=140)
    assert seconds >= 0.0
    assert [done[0], done[71]] == [[3.0, 0.0, 4.0], [1.0, 0.0, 2.0]]  # the second pose, and the first again
    assert done[1:8] == list(walk.WALK)
    assert len(done) == 142
