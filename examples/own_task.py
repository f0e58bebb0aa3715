"""A tabletop task of your own, in one class: each block into the bowl of its colour, shown by the expert.

python examples/own_task.py --episodes 5
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import gymnasium
import numpy as np

from leo_agent.envs.tabletop.layout.colors import split_colors
from leo_agent.envs.tabletop.layout.layout import Layout, Table
from leo_agent.envs.tabletop.layout.task import Task, option
from leo_agent.envs.tabletop.tasks import register_task
from leo_agent.envs.tabletop.tasks.put_blocks_in_bowls import in_bowls, put_block, put_bowl


@register_task("sort-by-color", tags=("sequence", "unseen-colors"))
@dataclass(frozen=True, kw_only=True)
class SortByColor(Task):
    """Sort blocks into bowls by colour.

    Task:
        As many bowls as blocks, one of each colour.

    Randomisation:
        The colours, all places and yaws.

    Success:
        Each block in its bowl earns its share, in the order of the instructions.

    Language:
        "put the {color} block in the {color} bowl"
    """

    num_colors: int = option(3, 1, 4)

    def layout(self, rng: np.random.Generator, split: str, mode: str) -> Layout:
        """Draws the colours, then the places of bowls and blocks."""
        colors = [str(color) for color in rng.permutation(split_colors(split, mode))[: self.num_colors]]
        table = Table(rng)
        bowls = [put_bowl(table, color, fixed=True) for color in colors]
        blocks = [put_block(table, color) for color in colors]
        goals = [in_bowls([block], [bowl]) for block, bowl in zip(blocks, bowls, strict=True)]
        return Layout(
            bodies=tuple(table.bodies),
            goals=tuple(replace(goal, weight=1 / len(goals)) for goal in goals),  # weights add up to a score of 1
            instructions=tuple(f"put the {color} block in the {color} bowl" for color in colors),
            completed_instruction="done sorting blocks.",
            max_steps=len(colors) + 1,
        )


def main(arguments: Sequence[str] | None = None) -> list[float]:
    """Plays episodes with the environment's own expert; gives their scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=5)
    parser.add_argument("--split", default="seen", choices=("seen", "unseen"))
    args = parser.parse_args(arguments)
    env = gymnasium.make("leo/SortByColor-v0", split=args.split, mode="train")
    scores = []
    for _ in range(args.episodes):
        observation, info = env.reset()
        terminated = truncated = False
        while not (terminated or truncated):
            print(observation["instruction"])
            observation, _, terminated, truncated, info = env.step(env.unwrapped.expert_action())
        scores.append(float(info["measures"]["score"]))
        print("score", scores[-1])
    env.close()
    return scores


if __name__ == "__main__":
    main()
