"""`leo-agent scenes make`: procedural houses as a Habitat scene dataset with ObjectNav episodes."""

import argparse
import logging
import os
import time
from pathlib import Path
from typing import Self

from tqdm import tqdm

log = logging.getLogger(__name__)
_DESCRIPTION = """\
Makes furnished, textured houses and ObjectNav-v1 episodes in them, in files that habitat-sim loads too.

The same seed gives the same files, byte by byte, with any number of workers. Every house is drawn from the seed and its
number alone: houses 2, 7, 12, ... are the split val, the others train, so that no house is in both. After each house
OUT is a whole dataset of those that are finished. Ctrl-C or SIGTERM leaves it so; the same command goes on, and with a
larger --count adds houses.

In OUT: houses.scene_dataset_config.json, stages/ and scenes/ (Habitat's scene dataset); houses/ (meshes, instance ids,
navmeshes); objectnav/train and objectnav/val (episodes)."""
_EPILOG = """\
then, for example (--count 2 or more, so that there is a val):
  leo-agent rollout --env leo/ObjectNav-v0 --dataset OUT/objectnav/val --split val --policy expert --out runs/expert"""

_NO_VAL = "val is empty: --count 2 adds its first house; until then play objectnav/train with --split train"


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
        "--episodes",
        dest="episodes_per_house",
        type=int,
        default=50,
        metavar="E",
        help="ObjectNav episodes in each house (default: 50)",
    )
    make.add_argument(
        "--workers", type=int, default=None, metavar="W", help="processes (default: as many as there are cores)"
    )


def run(args: argparse.Namespace) -> str:
    """Makes the houses; gives what the folder holds then."""
    from leo_agent.envs.house_sets import HousesConfig, make_houses, split_of

    config = HousesConfig(count=args.count, seed=args.seed, episodes_per_house=args.episodes_per_house)
    workers = args.workers if args.workers is not None else os.cpu_count() or 1
    start = time.perf_counter()
    progress = _Progress()
    try:
        with progress:
            houses = make_houses(config, args.out, workers, progress)
    except KeyboardInterrupt:
        done = f"{progress.finished} of {config.count} houses"
        log.warning("interrupted: %s in %s; the same command goes on", done, args.out)
        raise
    splits = [split_of(number) for number in houses]
    counts = ", ".join(f"{splits.count(split)} {split}" for split in ("train", "val"))
    houses_there = f"{len(houses)} house{'s' if len(houses) > 1 else ''} ({counts})"
    told = f"{houses_there} in {args.out} after {time.perf_counter() - start:.0f} s"
    return told if "val" in splits else f"{told}\n{_NO_VAL}"


class _Progress:
    """A bar from the first report on, which goes away before a complaint is told."""

    def __init__(self) -> None:
        self.finished = 0
        self._bar: tqdm | None = None

    def __call__(self, finished: int, count: int) -> None:
        self.finished = finished
        if self._bar is None:
            self._bar = tqdm(total=count, initial=finished, unit="house", desc="scenes make")
        self._bar.update(finished - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *more: object) -> None:
        if self._bar is not None:
            self._bar.leave = kind is None
            self._bar.close()
