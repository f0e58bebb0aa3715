"""Make procedural houses with ObjectNav episodes, as a Habitat scene dataset."""

import argparse
import os
from pathlib import Path

_DESCRIPTION = """\
Makes furnished, textured houses and ObjectNav-v1 episodes in them, in files that habitat-sim loads too.

The same seed gives the same files, byte by byte, with any number of workers. Every house is drawn from the seed and its
number alone: houses 2, 7, 12, ... are the split val, the others train, so that no house is in both. After each house
OUT is a whole dataset of those that are finished. Ctrl-C, SIGTERM or a hang-up leaves it so; the same command
continues, and with a larger --count adds houses.

In OUT: houses.scene_dataset_config.json, stages/ and scenes/ (Habitat's scene dataset); houses/ (meshes, instance ids,
navmeshes); objectnav/train and objectnav/val (episodes)."""
_EPILOG = """\
then, for example (--count 2 or more, so that there is a val):
  leo-agent rollout --env leo/ObjectNav-v0 --dataset OUT/objectnav/val --split val --policy expert --out runs/expert"""

_NO_VAL = "val is empty: --count 2 adds its first house; until then play objectnav/train with --split train"


def add_arguments(parser: argparse.ArgumentParser) -> None:
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
    from leo_agent.envs.house_sets import HousesConfig  # numba takes a second
    from leo_agent.houses import make_house_folder

    config = HousesConfig(count=args.count, seed=args.seed, episodes_per_house=args.episodes_per_house)
    workers = args.workers if args.workers is not None else os.cpu_count() or 1
    report = make_house_folder(config, args.out, workers)
    return report.text if report.has_val else f"{report.text}\n{_NO_VAL}"
