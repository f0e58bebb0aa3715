"""Point clouds of made scenes in LEO's layouts of ScanNet and 3RScan, and those of their objects in Cap3D's."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from leo_agent.contract.files import write_file
from leo_agent.data.sets.cap3d import CLOUDS
from leo_agent.policies.leo.scenes.scene_files import RSCAN_LABELS, RSCAN_POINTS

POINTS_AN_OBJECT = 512
SCANNET, RSCAN = "scan_data/pcd_with_global_alignment", "3RScan-ours-align"


def write_scan(
    out: Path, name: str, ids: NDArray[np.int64], clouds: NDArray[np.float32], labels: Mapping[int, str]
) -> None:
    """One scene: its cloud once, under both layouts' names (where links are not possible, twice), and its labels.

    The cloud is (xyz, rgb 0 to 255, instance ids), in metres with z up, arrays of NumPy as the published ones; readers
    of ScanNet's take the ids from the end, too.

    Args:
        out: the data folder.
        name: of the scene.
        ids: (K,) of its objects.
        clouds: (K, P, 6) xyz in the frame of scans, rgb in [0, 1].
        labels: what each object is called, by its id.
    """
    points = clouds.reshape(-1, 6)
    arrays = (
        points[:, :3].copy(),
        np.round(points[:, 3:] * 255.0).astype(np.float32),
        np.repeat(ids, clouds.shape[1]),
    )
    folder = out / RSCAN / name
    _write(folder / RSCAN_POINTS, arrays)
    _write(folder / RSCAN_LABELS, {int(number): labels[int(number)] for number in ids})
    other = out / SCANNET / f"{name}.pth"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.unlink(missing_ok=True)
    try:
        os.link(folder / RSCAN_POINTS, other)
    except OSError:
        _write(other, arrays)


def write_object(out: Path, uid: str, points: NDArray[np.float32]) -> None:
    """One object's cloud (6, P) from points (P, 6): xyz in the frame of scans, metres, rgb from [0, 1] to 0 to 255."""
    cloud = np.concatenate([points[:, :3], np.round(points[:, 3:] * 255.0)], axis=1)
    _write(out / "alignment" / CLOUDS / f"{uid}.pt", torch.from_numpy(cloud.T.astype(np.float32).copy()))


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    torch.save(value, content)
    write_file(path, content.getvalue())
