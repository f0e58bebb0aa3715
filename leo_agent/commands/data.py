"""Look into datasets of demonstrations, and join them."""

import argparse
from pathlib import Path

_MERGE = """\
Joins datasets of one world, with the same cameras, into a new one: episodes in the order given, tasks united, videos
copied as they are, object clouds and the lines of episodes.jsonl with them. LeRobot's own merge leaves the clouds
behind. Of one dataset it writes a copy in the layout of today."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, help="info: what is in it; merge: join; view: pictures"
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


def run(args: argparse.Namespace) -> str:
    from leo_agent.episodes.demonstrations.contact_sheet import write_contact_sheet  # pyarrow and av take a moment
    from leo_agent.episodes.demonstrations.description import describe_dataset
    from leo_agent.episodes.demonstrations.merging import merge_datasets

    if args.action == "info":
        return describe_dataset(args.dataset)
    if args.action == "view":
        return write_contact_sheet(args.dataset, args.episode, args.out)
    merged = merge_datasets(args.datasets, args.out)
    return f"{args.out}: {merged.num_episodes} demonstrations, {merged.num_frames} frames, {len(merged.clouds)} clouds"
