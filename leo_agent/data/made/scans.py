"""The point clouds of a house in LEO's layouts of ScanNet and 3RScan, and those of its objects in Cap3D's."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from leo_agent.contract.files import write_file
from leo_agent.data.made.truth import to_scan
from leo_agent.data.sets.cap3d import CLOUDS
from leo_agent.envs.house_sets.files import CONFIG_NAME
from leo_agent.envs.objects import ObjectSet
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.loading import load_scene
from leo_agent.policies.leo.scenes.scene_files import RSCAN_LABELS, RSCAN_POINTS

POINTS_AN_OBJECT = 512
SCANNET, RSCAN = "scan_data/pcd_with_global_alignment", "3RScan-ours-align"


def house_objects(houses: Path, name: str) -> ObjectSet:
    """The objects of a house with points of their surfaces, world frame.

    Raises:
        InputError: a file of the house is missing or damaged.
    """
    return load_scene(find_scene(houses, f"scenes/{name}.scene_instance.json", CONFIG_NAME), POINTS_AN_OBJECT).objects


def write_scan(out: Path, name: str, objects: ObjectSet, labels: Mapping[int, str]) -> None:
    """One house: its cloud once, under both layouts' names (where links are not possible, twice), and its labels.

    The cloud is (xyz, rgb 0 to 255, instance ids), in metres with z up, arrays of NumPy as the published ones; readers
    of ScanNet's take the ids from the end, too.
    """
    points = objects.points.reshape(-1, 6)
    arrays = (
        to_scan(points[:, :3]).astype(np.float32),
        np.round(points[:, 3:] * 255.0).astype(np.float32),
        np.repeat(objects.ids, objects.points.shape[1]),
    )
    folder = out / RSCAN / name
    _write(folder / RSCAN_POINTS, arrays)
    _write(folder / RSCAN_LABELS, {int(number): labels[int(number)] for number in objects.ids})
    other = out / SCANNET / f"{name}.pth"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.unlink(missing_ok=True)
    try:
        os.link(folder / RSCAN_POINTS, other)
    except OSError:
        _write(other, arrays)


def write_object(out: Path, uid: str, points: np.ndarray) -> None:
    """One object's cloud (6, P) from points (P, 6): xyz in metres with z up, rgb 0 to 255."""
    cloud = np.concatenate([to_scan(points[:, :3]), np.round(points[:, 3:] * 255.0)], axis=1)
    _write(out / "alignment" / CLOUDS / f"{uid}.pt", torch.from_numpy(cloud.T.astype(np.float32).copy()))


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    torch.save(value, content)
    write_file(path, content.getvalue())
