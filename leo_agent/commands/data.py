"""Look into datasets of demonstrations, and join them; make 3D-language data, and check it."""

import argparse
import os
from pathlib import Path

_MERGE = """\
Joins datasets of one world, with the same cameras, into a new one: episodes in the order given, tasks united, videos
copied as they are, object clouds and the lines of episodes.jsonl with them. LeRobot's own merge leaves the clouds
behind. Of one dataset it writes a copy in the layout of today."""
_MAKE = """\
Writes 3D-language data about procedural houses, tabletop scenes or both, in the layouts of LEO's published sets:
captions of objects, of objects in scenes and of scenes, referring expressions, questions with and without a situation,
dialogues and plans, with the point clouds beside them. All that is said follows from the scene. Houses of the split val
and every fifth table are for validation. The same command goes on where it was interrupted."""
_CHECK = """\
Reads all texts of LEO's published layouts that a folder holds, ours or the authors', and says what is there, what is
missing and what is broken, with counts beside the published ones."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action",
        metavar="ACTION",
        required=True,
        help="of demonstrations: info: what is in it; merge: join; view: pictures; of texts: make; check",
    )
    info = actions.add_parser("info", description="Says what a dataset holds, ours or any in LeRobot's layout v3.")
    info.add_argument("dataset", type=Path, metavar="DIR", help="folder of the dataset")
    merge = actions.add_parser("merge", description=_MERGE, formatter_class=argparse.RawDescriptionHelpFormatter)
    merge.add_argument("datasets", type=Path, nargs="+", metavar="DIR", help="folders of the datasets")
    merge.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder to write to (required)")
    view = actions.add_parser("view", description="Writes the pictures of an episode, with its actions, as one image.")
    view.add_argument("dataset", type=Path, metavar="DIR", help="folder of the dataset")
    view.add_argument("--episode", type=int, default=0, metavar="N", help="number of the episode (default: 0)")
    view.add_argument(
        "--out", type=Path, default=Path("episode.png"), metavar="FILE", help="image to write (default: episode.png)"
    )
    make = actions.add_parser("make", description=_MAKE, formatter_class=argparse.RawDescriptionHelpFormatter)
    make.add_argument("--houses", type=Path, metavar="DIR", help="folder of scenes make; or give --tables, or both")
    make.add_argument("--tables", type=int, default=0, metavar="N", help="number of tabletop scenes (default: 0)")
    make.add_argument(
        "--table-words",
        choices=("all", "seen"),
        default="all",
        help="which colours and kinds tables have: all of the tabletop's, or those alone that its tasks name in "
        "training, so that its split unseen stays unseen (default: all)",
    )
    make.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to (required)")
    make.add_argument("--seed", type=int, default=0, metavar="S", help="of words, questions and tables (default: 0)")
    make.add_argument(
        "--workers", type=int, default=None, metavar="W", help="processes (default: as many as there are cores)"
    )
    check = actions.add_parser("check", description=_CHECK, formatter_class=argparse.RawDescriptionHelpFormatter)
    check.add_argument("dataset", type=Path, metavar="DIR", help="folder of the data")


def run(args: argparse.Namespace) -> str:
    if args.action == "make":
        from leo_agent.data.making import MakingConfig, make_data_folder

        workers = args.workers if args.workers is not None else os.cpu_count() or 1
        config = MakingConfig(houses=args.houses, tables=args.tables, table_words=args.table_words, seed=args.seed)
        return make_data_folder(config, args.out, workers)
    if args.action == "check":
        from leo_agent.data.checking import check_data, check_report

        return check_report(args.dataset, check_data(args.dataset))
    from leo_agent.episodes.demonstrations.contact_sheet import write_contact_sheet  # pyarrow and av take a moment
    from leo_agent.episodes.demonstrations.description import describe_dataset
    from leo_agent.episodes.demonstrations.merging import merge_datasets

    if args.action == "info":
        return describe_dataset(args.dataset)
    if args.action == "view":
        return write_contact_sheet(args.dataset, args.episode, args.out)
    merged = merge_datasets(args.datasets, args.out)
    return f"{args.out}: {merged.num_episodes} demonstrations, {merged.num_frames} frames, {len(merged.clouds)} clouds"
