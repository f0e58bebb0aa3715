"""Small datasets of each navigation task, cut from the recorded houses."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.envs.recorded import HOUSES

BLIND = {"render_observations": False, "num_points": 8, "scenes": HOUSES}
HOUSE = "house_0001"


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(value).encode(), compresslevel=1))
    return path


def recorded_content() -> dict[str, Any]:
    """The ObjectNav content file of the first house."""
    return json.loads(gzip.decompress((HOUSES / f"objectnav/val/content/{HOUSE}.json.gz").read_bytes()))


def write_split(folder: Path, content: object) -> Path:
    write(folder / "val/val.json.gz", {"episodes": []})
    write(folder / f"val/content/{HOUSE}.json.gz", content)
    return folder


def objectnav(folder: Path) -> Path:
    content = recorded_content()
    content["episodes"] = content["episodes"][:3]
    write_split(folder, content)
    write(folder / "val/val.json.gz", json.loads(gzip.decompress((HOUSES / "objectnav/val/val.json.gz").read_bytes())))
    return folder


def pointnav(folder: Path) -> Path:
    """From the start of each of three episodes to the start of the next one."""
    starts = recorded_content()["episodes"][:4]
    episodes = []
    for number, (one, other) in enumerate(itertools.pairwise(starts)):
        kept = {key: one[key] for key in ("scene_id", "scene_dataset_config", "start_position", "start_rotation")}
        goal = {"position": other["start_position"], "radius": 0.2}
        more = {"info": {"geodesic_distance": 1.0}, "goals": [goal], "shortest_paths": None, "start_room": None}
        episodes.append({**kept, **more, "episode_id": f"p{number}"})
    return write_split(folder, {"episodes": episodes})


def ovon(folder: Path) -> Path:
    """Two of the recorded categories, and "place to rest", whose instances are those of its children."""
    content = recorded_content()
    beds, chairs = (f"{HOUSE}.scene_instance.json_{name}" for name in ("bed", "chair"))
    goals = {key: content["goals_by_category"][key] for key in (beds, chairs)}
    for name, key in (("bed", beds), ("dining chair", chairs)):
        for goal in goals[key]:
            goal["object_id"] = f"{name}_{goal['object_id']}"
    rest = f"{HOUSE}.scene_instance.json_place to rest"
    start = {**content["episodes"][0], "object_category": "bed", "children_object_categories": []}
    asked = [start, {**start, "object_category": "chair"}]
    asked.append({**start, "object_category": "place to rest", "children_object_categories": ["chair", "hammock"]})
    episodes = [{**one, "episode_id": str(10 + number)} for number, one in enumerate(asked)]
    return write_split(folder, {"goals_by_category": {**goals, rest: goals[beds][:1]}, "episodes": episodes})


WRITERS: dict[str, Callable[[Path], Path]] = {
    "leo/ObjectNav-v0": objectnav,
    "leo/OVON-v0": ovon,
    "leo/PointNav-v0": pointnav,
}
