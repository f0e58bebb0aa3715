"""Makes the picture of all tabletop tasks: the first and the last moment of an episode that the expert plays.

    python docs/make_tabletop_pictures.py [--assets DIR] [--episode 2]

Tasks of scanned objects are drawn if DIR is given, which has them. Writes docs/images/tabletop.jpg.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from leo_agent.contract.errors import InputError
from leo_agent.envs.tabletop.env import TabletopEnv
from leo_agent.envs.tabletop.tasks import registered_tasks, tasks_that_need_assets

TARGET = Path(__file__).resolve().parent / "images/tabletop.jpg"
WIDTH, HEIGHT = 480, 360
CROP_TOP = 60  # rows of sky
TITLE_HEIGHT = 26
TASKS_A_ROW = 2
MAX_ACTIONS = 40
LARGEST_BYTES = 500_000


def drawn_tasks(assets: str | None) -> list[str]:
    """All tasks; without a folder of assets those that need none."""
    missing = tasks_that_need_assets() if assets is None else frozenset()
    return [task for task in registered_tasks() if task not in missing]


def episode_pictures(task: str, episode: int, assets: str | None) -> tuple[Image.Image, str]:
    """Start with the goal outlined and end, side by side, and the instruction. Raises InputError."""
    env = TabletopEnv(task, width=WIDTH, height=HEIGHT, assets=assets, render_mode="rgb_array", goal_overlay=True)
    observation, _ = env.reset(options={"episode_id": episode})
    pictures = [env.render()]
    for _ in range(MAX_ACTIONS):
        _, _, terminated, truncated, _ = env.step(env.expert_action())
        if terminated or truncated:
            break
    pictures.append(env.render())
    env.close()
    return Image.fromarray(np.concatenate(pictures, axis=1)[CROP_TOP:]), observation["instruction"]


def tile(task: str, pictures: Image.Image, instruction: str) -> Image.Image:
    """The pictures under the task's name and what was asked first."""
    whole = Image.new("RGB", (pictures.width, pictures.height + TITLE_HEIGHT), "white")
    whole.paste(pictures, (0, TITLE_HEIGHT))
    draw = ImageDraw.Draw(whole)
    draw.text((8, 4), task, (20, 24, 30), font=ImageFont.load_default(16))
    left = 8 + draw.textlength(f"{task}   ", font=ImageFont.load_default(16))
    draw.text((left, 6), f'"{instruction}"', (110, 116, 124), font=ImageFont.load_default(13))
    return whole


def main() -> None:
    """Writes docs/images/tabletop.jpg."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", metavar="DIR", help="folder of the scanned objects (default: none)")
    parser.add_argument("--episode", type=int, default=2, help="number of the test episode (default: 2)")
    arguments = parser.parse_args()
    try:
        tiles = [
            tile(task, *episode_pictures(task, arguments.episode, arguments.assets))
            for task in drawn_tasks(arguments.assets)
        ]
    except InputError as error:
        parser.error(str(error))
    width, height = tiles[0].size
    rows = -(-len(tiles) // TASKS_A_ROW)
    whole = Image.new("RGB", (TASKS_A_ROW * width, rows * height), "white")
    for k, each in enumerate(tiles):
        whole.paste(each, (k % TASKS_A_ROW * width, k // TASKS_A_ROW * height))
    for quality in range(85, 20, -5):
        whole.save(TARGET, quality=quality, optimize=True, progressive=True)
        if TARGET.stat().st_size < LARGEST_BYTES:
            break


if __name__ == "__main__":
    main()
