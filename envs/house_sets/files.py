"""The files of one house and of the whole dataset, and their content."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.envs.house_sets.episodes import DrawnEpisode, PointEpisode
from leo_agent.envs.house_sets.goals import CATEGORIES, HouseGoal
from leo_agent.envs.procedural.houses.house import House

CONFIG_NAME = "houses.scene_dataset_config.json"
SPLITS = ("train", "val")
# Of five houses in turn the second is for validation: which split a house is in does not depend on their number.
_SPLIT_CYCLE, _VAL_PLACE = 5, 1


def split_of(number: int) -> str:
    """The split of a house by its number, counted from 1: houses 2, 7, 12, … are for validation."""
    return SPLITS[(number - 1) % _SPLIT_CYCLE == _VAL_PLACE]


def house_name(number: int) -> str:
    """The name that the files of a house have."""
    return f"house_{number:04d}"


def house_paths(name: str, split: str) -> dict[str, Path]:
    """The files of a house relative to the dataset's folder; the scene instance, which makes it known, is the last."""
    return {
        "render": Path(f"houses/{name}.glb"),
        "semantic": Path(f"houses/{name}.semantic.glb"),
        "instances": Path(f"houses/{name}.instances.json"),
        "facts": Path(f"houses/{name}.facts.json"),
        "navmesh": Path(f"houses/{name}.navmesh"),
        "stage": Path(f"stages/{name}.stage_config.json"),
        "content": Path(f"objectnav/{split}/content/{name}.json.gz"),
        "scene": Path(f"scenes/{name}.scene_instance.json"),
    }


def json_bytes(value: Any) -> bytes:
    """JSON with a line an entry, the same for the same value."""
    return (json.dumps(value, indent=1) + "\n").encode()


def gzip_bytes(value: Any) -> bytes:
    """Compressed JSON without a time stamp."""
    return gzip.compress(json.dumps(value, separators=(",", ":")).encode(), mtime=0)


def stage_config(name: str) -> dict[str, Any]:
    """A stage that is drawn without lights, with ids at its semantic vertices."""
    return {
        "render_asset": f"../houses/{name}.glb",
        "collision_asset": f"../houses/{name}.glb",
        "semantic_asset": f"../houses/{name}.semantic.glb",
        "has_semantic_textures": False,
        "up": [0, 1, 0],
        "front": [0, 0, -1],
        "shader_type": "flat",
        "force_flat_shading": True,
    }


def scene_instance(name: str) -> dict[str, Any]:
    """The scene: that stage, its navmesh, no lights."""
    return {
        "stage_instance": {"template_name": f"stages/{name}"},
        "object_instances": [],
        "default_lighting": "no_lights",
        "navmesh_instance": f"{name}_navmesh",
    }


def dataset_config(names: list[str]) -> dict[str, Any]:
    """The scene dataset configuration over finished houses."""
    return {
        "stages": {"paths": {".json": ["stages/*.stage_config.json"]}},
        "scene_instances": {"paths": {".json": ["scenes/*.scene_instance.json"]}},
        "navmesh_instances": {f"{name}_navmesh": f"houses/{name}.navmesh" for name in names},
    }


def split_file() -> dict[str, Any]:
    """The top file of a split: the category ids; episodes are in the content files."""
    return {
        "category_to_task_category_id": {name: ids[0] for name, ids in CATEGORIES.items()},
        "category_to_mp3d_category_id": {name: ids[1] for name, ids in CATEGORIES.items()},
        "episodes": [],
    }


def instances(house: House) -> list[dict[str, Any]]:
    """Id, category, box, kind and room of each object."""
    return [
        {
            "id": number + 1,
            "category": piece.category,
            "name": piece.name,
            "room": piece.room,
            "aabb": np.round(piece.model.bounds, 4).tolist(),
        }
        for number, piece in enumerate(house.pieces)
    ]


def content_file(name: str, goals: list[HouseGoal], episodes: list[DrawnEpisode]) -> dict[str, Any]:
    """Goals by category and episodes of one house, as habitat-lab's ObjectNavDatasetV1 reads them."""
    scene = f"{name}.scene_instance.json"
    by_category: dict[str, list[dict[str, Any]]] = {}
    for goal in goals:
        by_category.setdefault(f"{scene}_{goal.category}", []).append(_goal_record(goal))
    records = [_episode_record(number, scene, episode) for number, episode in enumerate(episodes)]
    return {"goals_by_category": by_category, "episodes": records}


def point_content_file(name: str, episodes: list[PointEpisode]) -> dict[str, Any]:
    """Episodes of one house as habitat-lab's PointNavDatasetV1 reads them."""
    scene = f"{name}.scene_instance.json"
    return {"episodes": [_point_record(number, scene, episode) for number, episode in enumerate(episodes)]}


def _goal_record(goal: HouseGoal) -> dict[str, Any]:
    view_points = [
        {
            "agent_state": {"position": _rounded(view_point.position), "rotation": _heading(view_point.yaw_rad)},
            "iou": round(view_point.share, 5),
        }
        for view_point in sorted(goal.view_points, key=lambda view_point: -view_point.share)
    ]
    return {
        "position": _rounded(goal.box.mean(axis=0)),
        "radius": None,
        "object_id": str(goal.object_id),
        "object_name": f"{goal.category}_{goal.object_id}",
        "object_name_id": goal.object_id,
        "object_category": goal.category,
        "room_id": None,
        "room_name": goal.room,
        "view_points": view_points,
    }


def _episode_record(number: int, scene: str, episode: DrawnEpisode) -> dict[str, Any]:
    record = _start_record(number, scene, episode)
    record["info"]["closest_goal_object_id"] = episode.closest_object_id
    return {**record, "goals": [], "start_room": None, "shortest_paths": None, "object_category": episode.category}


def _point_record(number: int, scene: str, episode: PointEpisode) -> dict[str, Any]:
    goal = {"position": _rounded(episode.goal_position), "radius": None}
    return {**_start_record(number, scene, episode.start), "goals": [goal], "start_room": None, "shortest_paths": None}


def _start_record(number: int, scene: str, episode: DrawnEpisode) -> dict[str, Any]:
    """What the episodes of all tasks have."""
    return {
        "episode_id": str(number),
        "scene_id": f"scenes/{scene}",
        "scene_dataset_config": CONFIG_NAME,
        "additional_obj_config_paths": [],
        "start_position": _rounded(episode.start_position),
        "start_rotation": _heading(episode.yaw_rad),
        "info": {
            "geodesic_distance": round(episode.geodesic_distance_m, 5),
            "euclidean_distance": round(episode.euclidean_distance_m, 5),
        },
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in np.round(np.asarray(values, np.float64), 5)]


def _heading(yaw_rad: float) -> list[float]:
    """The quaternion x, y, z, w of a rotation about +Y."""
    return [0.0, round(math.sin(yaw_rad / 2.0), 5), 0.0, round(math.cos(yaw_rad / 2.0), 5)]
