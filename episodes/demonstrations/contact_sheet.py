"""A picture of one episode to look at: what its camera saw at each step, with what was done there."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import ACTION

CAPTION_PX, MARGIN_PX = 14, 4
SMALLEST_PX = 128  # side of a picture, so that its caption can be read
MOST_PICTURES = 64  # of a longer episode: evenly spaced


def write_contact_sheet(folder: str | Path, episode: int, out: str | Path) -> str:
    """Writes the pictures of an episode, a row for each camera, in one image file.

    Args:
        folder: of the dataset.
        episode: its number.
        out: image file to write; its ending says the format.

    Returns:
        A line about the episode.

    Raises:
        InputError: there is no such episode, the dataset has no videos, or the file cannot be written.
    """
    dataset = Dataset(folder)
    if not dataset.num_episodes or not dataset.image_keys:
        raise InputError(f"{folder}: holds no {'videos' if dataset.num_episodes else 'episodes'} to look at")
    check_whole("episode", episode, 0, dataset.num_episodes - 1)
    chosen = dataset.episodes[episode]
    steps = np.unique(np.linspace(0, chosen.length - 1, min(chosen.length, MOST_PICTURES)).astype(int))
    captions = [f"{step}  {_action(dataset, chosen.start + step)}" for step in steps.tolist()]
    rows = []
    for key in dataset.image_keys:
        pictures = dataset.images(key, episode)
        for first in range(0, len(steps), 8):
            part = slice(first, first + 8)
            rows.append(_row([pictures[step] for step in steps[part]], captions[part]))
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    try:
        sheet.save(out)
    except (OSError, ValueError) as problem:
        raise InputError(f"out: {out} cannot be written as an image ({problem})") from None
    return f"{out}: episode {episode} of {dataset.num_episodes}, {chosen.length} frames, {chosen.task!r}"


def _row(pictures: list[np.ndarray], captions: list[str]) -> Image.Image:
    """Pictures side by side with a line of text below each."""
    height, width = pictures[0].shape[:2]
    scale = max(1, -(-SMALLEST_PX // min(height, width)))
    size = (width * scale, height * scale)
    row = Image.new("RGB", (len(pictures) * (size[0] + MARGIN_PX), size[1] + CAPTION_PX), "white")
    draw = ImageDraw.Draw(row)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left = number * (size[0] + MARGIN_PX)
        row.paste(Image.fromarray(picture).resize(size, Image.Resampling.NEAREST), (left, 0))
        draw.text((left, size[1] + 1), caption[: size[0] // 6], fill="black")
    return row


def _action(dataset: Dataset, frame: int) -> str:
    """What was done at a frame, in a few characters."""
    if ACTION not in dataset.features:
        return ""
    vector = dataset.frames()[ACTION][frame]
    try:
        action: Any = dataset.embodiment.from_vector(np.atleast_1d(vector))
    except InputError:
        action = vector
    if isinstance(action, int):
        return dataset.embodiment.action_names[action]
    if isinstance(action, dict):
        return " ".join(f"{name} {pose[0]:.2f},{pose[1]:.2f}" for name, pose in action.items())
    return " ".join(f"{value:.2f}" for value in np.atleast_1d(action))
