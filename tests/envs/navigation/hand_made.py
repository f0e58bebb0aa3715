"""A room made by hand, whose distances are known, and an ObjectNav dataset in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.envs.glb_writer import GlbWriter, box
from tests.envs.navigation.small_sets import write

WALL_Z = -2.9  # of the side that the agent at the origin looks at
FLOOR_Y = 0.2  # of the navmesh, by the rounding of its heights
GAP_M = 0.8  # the width of the way through it, beside x = 2
TABLE_HEIGHT_M = 1.2  # of the lower side of a board that the agent may walk under


def room(folder: Path) -> Path:
    """A floor of 10 x 10 m around the origin, a wall 3 m high with a gap, and a board on no legs.

    A chair stands 2 m to the right of the start, its one view point 0.5 m ahead; a bed is beyond the wall.
    """
    mesh = GlbWriter()
    surface = mesh.material((0.5, 0.5, 0.5, 1.0))
    for low, high in (
        ((-5, 0, -5), (5, 0, 5)),
        ((-5, 0, WALL_Z - 0.1), (2, 3, WALL_Z)),
        ((2 + GAP_M, 0, WALL_Z - 0.1), (5, 3, WALL_Z)),
        ((-4, TABLE_HEIGHT_M, 1), (-2, TABLE_HEIGHT_M + 0.1, 3)),
    ):
        vertices, faces = box(low, high)
        # A mesh without a configuration has its z up, as Matterport3D's.
        mesh.mesh(np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], axis=1), faces, surface)
    mesh.save(folder / "scenes/room.glb")
    chair, bed = _goal("1", (2.0, 0.4, 0.0), (0.0, FLOOR_Y, -0.5)), _goal("2", (0.0, 0.4, -4.5), (0.0, FLOOR_Y, -4.0))
    asked = ("chair", "bed", "chair")
    content = {
        "goals_by_category": {"room.glb_chair": [chair], "room.glb_bed": [bed]},
        "episodes": [_episode(category) for category in asked],
    }
    write(folder / "val/val.json.gz", {"category_to_task_category_id": {"chair": 0, "bed": 1}, "episodes": []})
    write(folder / "val/content/room.json.gz", content)
    return folder


def _goal(object_id: str, position: tuple[float, ...], view_point: tuple[float, ...]) -> dict[str, Any]:
    state = {"position": view_point, "rotation": [0, 0, 0, 1]}
    return {"position": position, "object_id": object_id, "view_points": [{"agent_state": state, "iou": 1.0}]}


def _episode(category: str) -> dict[str, Any]:
    return {
        "scene_id": "scenes/room.glb",
        "scene_dataset_config": "default",
        "start_position": [0, 0, 0],
        "start_rotation": [0, 0, 0, 1],
        "object_category": category,
        "goals": [],
    }
