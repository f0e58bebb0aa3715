"""Makes the pictures of the documentation: both worlds as their environments draw them, mid-episode."""

from pathlib import Path

import gymnasium
import numpy as np
from PIL import Image

import leo_agent  # noqa: F401 - registers the environments

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ROOT / "tests/data/habitat_houses/objectnav/val"
HEIGHT_PX = 480


def navigation() -> np.ndarray:
    """An episode of ObjectNav, most of the way to its goal by the expert."""
    env = gymnasium.make("leo/ObjectNav-v0", dataset=HOUSES, width=640, height=480, render_mode="rgb_array")
    return _after(env, {"scene": "house_0004", "episode_id": "0"}, steps=24)


def tabletop() -> np.ndarray:
    """An episode of put-blocks-in-bowls after its first block."""
    env = gymnasium.make("leo/PutBlocksInBowls-v0", split="seen", render_mode="rgb_array")
    return _after(env, {"episode_id": "2"}, steps=1)


def _after(env: gymnasium.Env, options: dict[str, str], steps: int) -> np.ndarray:
    env.reset(seed=0, options=options)
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(env.unwrapped.expert_action())
        if terminated or truncated:
            break
    picture = np.asarray(env.render())
    env.close()
    return picture


def main() -> None:
    """Writes images/worlds.png."""
    pictures = [Image.fromarray(each) for each in (navigation(), tabletop())]
    scaled = [each.resize((each.width * HEIGHT_PX // each.height, HEIGHT_PX)) for each in pictures]
    whole = Image.new("RGB", (sum(each.width for each in scaled), HEIGHT_PX))
    left = 0
    for each in scaled:
        whole.paste(each, (left, 0))
        left += each.width
    target = ROOT / "docs/images/worlds.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    whole.save(target, optimize=True)


if __name__ == "__main__":
    main()
