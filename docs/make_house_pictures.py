"""Makes the picture of six rooms of procedural houses, as the embedded simulator draws them."""

import json
import math
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.envs.house_sets import HousesConfig, make_houses
from leo_agent.envs.house_sets.files import CONFIG_NAME
from leo_agent.envs.house_sets.house_maker import generate_house
from leo_agent.envs.navigation.simulators import SimulatorConfig, make_simulator
from leo_agent.envs.procedural.houses.plan import Room

TARGET = Path(__file__).resolve().parent / "images" / "houses.jpg"
SEED, EPISODES = 0, 1
# House, room, and the corner (x, z: 0 low, 1 high) from which it is seen.
VIEWS = (
    (7, "living_room_1", (1, 0)),
    (4, "kitchen_1", (0, 1)),
    (6, "bedroom_1", (0, 0)),
    (12, "bathroom_1", (0, 1)),
    (9, "office_1", (1, 1)),
    (9, "gym_1", (1, 0)),
)
WIDTH, HEIGHT, CAPTION_PX = 480, 360, 24
EYE_M, LOOK_AT_M = 1.6, 0.8
CAMERA_HEIGHT_M = NavigationEmbodiment().camera_height_m


def room_of(number: int, name: str) -> Room:
    """The room's place, from the plan that the seed gives this house."""
    return generate_house(SEED, number, EPISODES).house.plan.room(name)


def looking(eye: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Position and rotation x, y, z, w of an agent whose camera is at `eye` and looks at `target`."""
    dx, dy, dz = target - eye
    yaw, pitch = math.atan2(-dx, -dz), math.atan2(dy, math.hypot(dx, dz))
    (sy, cy), (sp, cp) = ((math.sin(angle / 2.0), math.cos(angle / 2.0)) for angle in (yaw, pitch))
    up = np.array([math.sin(pitch) * math.sin(yaw), math.cos(pitch), math.sin(pitch) * math.cos(yaw)])
    return eye - CAMERA_HEIGHT_M * up, [cy * sp, sy * cp, -sy * sp, cy * cp]


def view(folder: Path, number: int, name: str, corner: tuple[int, int]) -> Image.Image:
    """A room seen from a corner, twice as large as shown, then made smaller so that edges are smooth."""
    config = SimulatorConfig(folder, CONFIG_NAME, 2 * WIDTH, 2 * HEIGHT, num_points=1)
    simulator = make_simulator("embedded", config)
    simulator.load_scene(f"scenes/house_{number:04d}.scene_instance.json")
    rect = room_of(number, name).rect
    x = (rect.x0 + 0.25, rect.x1 - 0.25)[corner[0]]
    z = (rect.z0 + 0.25, rect.z1 - 0.25)[corner[1]]
    middle_x, middle_z = rect.center
    simulator.set_agent_state(*looking(np.array([x, EYE_M, z]), np.array([middle_x, LOOK_AT_M, middle_z])))
    return Image.fromarray(simulator.render()["image"]).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def main() -> None:
    """Writes images/houses.jpg."""
    whole = Image.new("RGB", (3 * WIDTH, 2 * (HEIGHT + CAPTION_PX)), "white")
    draw = ImageDraw.Draw(whole)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_houses(HousesConfig(count=max(view[0] for view in VIEWS), seed=SEED, episodes_per_house=EPISODES), folder)
        for place, (number, room, corner) in enumerate(VIEWS):
            left, top = place % 3 * WIDTH, place // 3 * (HEIGHT + CAPTION_PX)
            whole.paste(view(folder, number, room, corner), (left, top))
            records = json.loads((folder / f"houses/house_{number:04d}.instances.json").read_text())
            objects = sum(record["room"] == room for record in records)
            caption = f"house {number}, {room.rpartition('_')[0].replace('_', ' ')}: {objects} objects"
            draw.text((left + 6, top + HEIGHT + 5), caption, "black", ImageFont.load_default(13))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    whole.save(TARGET, quality=88, optimize=True)


if __name__ == "__main__":
    main()
