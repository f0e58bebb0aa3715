"""From the expert to a policy of one's own: demonstrations, training, and a rollout of what was learnt.

python examples/collect_and_train.py --episodes 200 --steps 2000 --out runs/collect_and_train
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leo_agent.rollout import rollout
from leo_agent.rollout.collect import CollectOptions, collect
from leo_agent.rollout.environments import EnvConfig
from leo_agent.train.recipes.flat import flat_recipe
from leo_agent.train.session import train

ENV_ID = "leo/PutBlocksInBowls-v0"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Collects, trains, and scores the policy on test seeds that it never saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=200, help="demonstrations")
    parser.add_argument("--steps", type=int, default=2000, help="of the optimiser")
    parser.add_argument("--batch-size", type=int, default=48)
    parser.add_argument("--test-episodes", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("runs/collect_and_train"))
    args = parser.parse_args(arguments)

    demonstrations = args.out / "demonstrations"
    training_seeds = EnvConfig(ENV_ID, {"split": "seen", "mode": "train", "width": 128, "height": 128})
    report = collect(training_seeds, demonstrations, CollectOptions(episodes=args.episodes))
    print(f"{report.kept} demonstrations in {report.folder}")

    recipe = flat_recipe(
        data=(str(demonstrations),),
        preset="leo-nano",
        steps=args.steps,
        batch_size=args.batch_size,
        warmup_steps=min(100, args.steps // 2),
    )
    print(train(recipe, args.out / "training"))

    policy = str(args.out / "training" / "policy")
    options = {"split": "seen", "width": 128, "height": 128}
    tested = rollout(ENV_ID, policy, out=args.out / "test", episodes=args.test_episodes, env_options=options)
    print([line["measures"]["score"] for line in tested.results])
    return tested.summary


if __name__ == "__main__":
    main()
