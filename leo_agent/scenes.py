"""`leo-agent scenes make`: procedural houses as a Habitat scene dataset with ObjectNav episodes."""

import argparse
import logging
import os
import time
from pathlib import Path

from tqdm import tqdm

log = logging.getLogger(__name__)
_DESCRIPTION = """\
Makes furnished, textured houses and ObjectNav-v1 episodes in them, in files that habitat-sim loads too.

The same seed gives the same files, byte by byte, with any number of workers. Every house is drawn from the seed and its
number alone: houses 2, 7, 12, ... are the split val, the others train, so that no house is in both. Ctrl-C leaves whole
houses; the same command goes on, and with a larger --count adds houses.

In OUT: houses.scene_dataset_config.json, stages/ and scenes/ (Habitat's scene dataset); houses/ (meshes, instance ids,
navmeshes); objectnav/train and objectnav/val (episodes)."""
_EPILOG = """\
then, for example:
  leo-agent rollout --env leo/ObjectNav-v0 --dataset OUT/objectnav/val --split val --policy expert --out runs/expert"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of `leo-agent scenes`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, help="make: procedural houses")
    make = actions.add_parser(
        "make", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    make.add_argument("--count", type=int, required=True, metavar="N", help="how many houses (required)")
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to (required)")
    make.add_argument("--seed", type=int, default=0, metavar="S", help="which houses (default: 0)")
    make.add_argument(
        "--episodes", type=int, default=50, metavar="E", help="ObjectNav episodes in each house (default: 50)"
    )
    make.add_argument(
        "--workers", type=int, default=None, metavar="W", help="processes (default: as many as there are cores)"
    )


def run(args: argparse.Namespace) -> str:
    """Makes the houses; gives what was made and how to use it."""
    from envs.objectnav.houses.dataset import HousesConfig, make_houses, split_of

    config = HousesConfig(count=args.count, seed=args.seed, episodes_per_house=args.episodes)
    workers = args.workers if args.workers is not None else os.cpu_count() or 1
    start = time.perf_counter()
    with tqdm(total=config.count, unit="house", desc="scenes make") as bar:

        def show(finished: int, count: int) -> None:
            bar.update(finished - bar.n)

        try:
            names = make_houses(config, args.out, workers, show)
        except KeyboardInterrupt:
            bar.close()
            log.warning("interrupted: %d of %d houses in %s; the same command goes on", bar.n, config.count, args.out)
            raise
    seconds = time.perf_counter() - start
    splits = [split_of(number) for number in range(1, len(names) + 1)]
    counts = ", ".join(f"{splits.count(split)} {split}" for split in ("train", "val"))
    return f"{len(names)} houses ({counts}) in {args.out} after {seconds:.0f} s"
