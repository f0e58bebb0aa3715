"""A policy of your own in ObjectNav: a class of two methods, run and scored.

python examples/own_policy.py --episodes 5 --out runs/own_policy
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.navigation import FORWARD, LEFT, RIGHT, STOP
from leo_agent.contract.observation import Observation
from leo_agent.rollout import rollout

HOUSES = Path(__file__).resolve().parent.parent / "tests/data/habitat_houses/objectnav/val"
FREE_M = 0.6
SEARCH_STEPS = 100


class WalkAlongWalls:
    """Walks while the way ahead is free, turns to the freer side where it is not, and gives up after a while."""

    name = "walk-along-walls"

    def __init__(self) -> None:
        self._steps: dict[int, int] = {}

    def reset(self, indices: Sequence[int]) -> None:
        """The environments of these slots start a new episode."""
        self._steps.update(dict.fromkeys(indices, 0))

    def act(self, observations: Sequence[Observation], instructions: Sequence[str]) -> list[int]:
        """One action of Habitat's agent for each observation; `slot` says which environment it is of."""
        return [self._decide(each) for each in observations]

    def _decide(self, observation: Observation) -> int:
        self._steps[observation["slot"]] += 1
        if self._steps[observation["slot"]] >= SEARCH_STEPS:
            return STOP
        depth_m = np.where(observation["depth"] > 0, observation["depth"], np.inf)  # 0 = nothing was hit
        left, middle, right = (
            float(part.min()) for part in np.array_split(depth_m[: len(depth_m) * 2 // 3], 3, axis=1)
        )
        if middle > FREE_M:
            return FORWARD
        return LEFT if left > right else RIGHT


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Runs the policy and prints how it did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=5)
    parser.add_argument("--out", default="runs/own_policy", help="run folder; an interrupted run goes on")
    args = parser.parse_args(arguments)
    options = {"dataset": HOUSES, "width": 128, "height": 128}
    report = rollout("leo/ObjectNav-v0", WalkAlongWalls(), out=args.out, episodes=args.episodes, env_options=options)
    for line in report.results:
        print(line["scene"], line["episode_id"], line["instruction"], line["measures"])
    return report.summary


if __name__ == "__main__":
    main()
