"""Makes the picture of all household things by name, as the tabletop world's renderer draws them."""

import textwrap
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from leo_agent.envs.camera import Intrinsics
from leo_agent.envs.procedural.objects.household import SEEN_KINDS, UNSEEN_KINDS, household
from leo_agent.envs.rendering import Mesh, RenderScene
from leo_agent.envs.tabletop.visuals.cameras import look_at

TARGET = Path(__file__).resolve().parent / "images" / "household.jpg"
COLUMNS = 12
WIDTH, HEIGHT, CAPTION_PX, HEADING_PX = 132, 112, 30, 30
DIRECTION = np.array([0.52, -0.62, 0.62])  # from a thing to the camera, whose x is a thing's front
HFOV_DEG = 26.0
BACKGROUND_RGB = (226, 229, 233)


def view(name: str) -> Image.Image:
    """A thing alone, from its front right, drawn three times as large, then made smaller so that edges are smooth."""
    shape = household(name=name, longest_side_m=1.0)
    scene = RenderScene(background=BACKGROUND_RGB, light_direction=np.array([0.25, -0.35, 1.0]))
    scene.add(Mesh(shape.vertices, shape.faces, shape.colors, np.ones(len(shape.faces), np.int32)))
    distance = 2.45 * float(np.linalg.norm(shape.size))
    lens = Intrinsics.from_hfov(3 * WIDTH, 3 * HEIGHT, HFOV_DEG)
    frame = scene.render(lens, look_at(DIRECTION / np.linalg.norm(DIRECTION) * distance, (0.0, 0.0, 0.0)))
    return Image.fromarray(frame.image).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def main() -> None:
    """Writes images/household.jpg."""
    groups = (("seen", SEEN_KINDS), ("unseen", UNSEEN_KINDS))
    rows = [-(-len(names) // COLUMNS) for _, names in groups]
    height = sum(rows) * (HEIGHT + CAPTION_PX) + len(groups) * HEADING_PX
    whole = Image.new("RGB", (COLUMNS * WIDTH, height), "white")
    draw = ImageDraw.Draw(whole)
    top = 0
    for (split, names), count in zip(groups, rows, strict=True):
        draw.text((4, top + 5), f"{split}: {len(names)} kinds", "black", ImageFont.load_default(17))
        top += HEADING_PX
        for place, name in enumerate(names):
            left, above = place % COLUMNS * WIDTH, top + place // COLUMNS * (HEIGHT + CAPTION_PX)
            whole.paste(view(name), (left, above))
            caption = textwrap.fill(name, 20)
            draw.multiline_text((left + 3, above + HEIGHT), caption, "black", ImageFont.load_default(11), spacing=1)
        top += count * (HEIGHT + CAPTION_PX)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    whole.save(TARGET, quality=84, optimize=True)


if __name__ == "__main__":
    main()
