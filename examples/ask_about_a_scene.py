"""Questions about a scene file: its objects, and an answer in words.

Without --scene a small room is made: a .ply of points with colours and an instance id each. Without --policy the answer
is leo-nano's, which was not trained on text: it says nothing sensible, and shows only how one asks.

python examples/ask_about_a_scene.py --question "What is beside the table?"
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.scenes.scene_files import read_scene
from leo_agent.policies.leo_family import PRETRAINED

NANO = PRETRAINED / "leo-nano"
# Label, centre and extents in metres (z up), colour.
ROOM = (
    ("floor", (0.0, 0.0, 0.0), (4.0, 3.0, 0.02), (180, 170, 150)),
    ("table", (0.0, 0.5, 0.4), (1.2, 0.7, 0.8), (120, 80, 40)),
    ("chair", (0.0, -0.4, 0.45), (0.5, 0.5, 0.9), (200, 40, 40)),
)
POINTS = 2000


def write_room(path: Path, rng: np.random.Generator) -> dict[int, str]:
    """Writes a point cloud as people have them; gives the labels by instance id."""
    rows = []
    for number, (_, center, extents, color) in enumerate(ROOM):
        for point in rng.uniform(-0.5, 0.5, (POINTS, 3)) * extents + center:
            rows.append(f"{point[0]:.4f} {point[1]:.4f} {point[2]:.4f} {color[0]} {color[1]} {color[2]} {number}")
    properties = [f"property float {axis}" for axis in "xyz"]
    properties += [f"property uchar {name}" for name in ("red", "green", "blue")] + ["property int instance_id"]
    header = ["ply", "format ascii 1.0", f"element vertex {len(rows)}", *properties, "end_header"]
    path.write_text("\n".join([*header, *rows]) + "\n", encoding="ascii")
    return {number: label for number, (label, *_) in enumerate(ROOM)}


def main(arguments: Sequence[str] | None = None) -> str:
    """Lists the objects and answers the question."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", type=Path, help="ScanNet's .pth, a 3RScan folder or a .ply (default: a small room)")
    parser.add_argument("--policy", default=str(NANO), help="folder of LEO's weights")
    parser.add_argument("--question", default="What is beside the table?")
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--out", type=Path, default=Path("room.ply"), help="where the small room is written")
    args = parser.parse_args(arguments)

    labels = None
    if args.scene is None:
        args.scene, labels = args.out, write_room(args.out, np.random.default_rng(0))
    scene = read_scene(args.scene, labels=labels)
    for number, label, points in zip(scene.ids, scene.labels, scene.points, strict=True):
        print(number, label or "?", points[:, :3].mean(axis=0).round(2))

    agent = LeoAgent.from_pretrained(args.policy)
    answer = agent.chat(scene, args.question, decoding=TextDecoding(max_tokens=args.max_tokens))
    print(f"{args.question}\n{answer!r}")
    return answer


if __name__ == "__main__":
    main()
