"""leo-nano in both worlds, step by step, without the rollout: Gymnasium's loop and one policy.

python examples/act_in_both_worlds.py --steps 20
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium

import leo_agent  # noqa: F401 - registers the environments
from leo_agent.contract.policy import Policy, PolicyContext
from leo_agent.policies.loading import make_policy

HOUSES = Path(__file__).resolve().parent.parent / "tests/data/habitat_houses/objectnav/val"


def run_episode(env: gymnasium.Env[Any, Any], policy: Policy, steps: int) -> dict[str, float]:
    """The measures at the end of an episode, or after so many steps."""
    observation, info = env.reset(seed=0)
    policy.reset([0])
    for _ in range(steps):
        [action] = policy.act([observation], [observation["instruction"]])
        observation, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            break
    print(observation["instruction"], info["measures"])
    return dict(info["measures"])


def main(arguments: Sequence[str] | None = None) -> list[dict[str, float]]:
    """One episode in each world."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500, help="at most, in each world")
    args = parser.parse_args(arguments)
    worlds = (
        gymnasium.make("leo/ObjectNav-v0", dataset=HOUSES, width=128, height=128),
        gymnasium.make("leo/PutBlocksInBowls-v0", split="seen"),
    )
    measures = []
    for env in worlds:
        policy = make_policy("leo-nano", PolicyContext(env.unwrapped.embodiment))
        measures.append(run_episode(env, policy, args.steps))
        env.close()
    return measures


if __name__ == "__main__":
    main()
