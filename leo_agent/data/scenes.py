"""The scenes that texts are about, from the scans of LEO's layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from leo_agent.contract.errors import InputError, reason
from leo_agent.contract.files import check_file
from leo_agent.data.checking import SCAN_FILES, scan_path
from leo_agent.data.items import TextItem
from leo_agent.policies.leo.scenes.object_scene import ObjectScene
from leo_agent.policies.leo.scenes.scene_files import RSCAN_POINTS, read_scene

# What torch makes of files that are none of its own.
_DAMAGED = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def item_scene(root: Path, item: TextItem) -> ObjectScene:
    """The scene of a text below a data folder.

    Raises:
        InputError: it is missing or damaged.
    """
    path = scan_path(root, item)
    if path is None:
        where = SCAN_FILES[item.family][0].format(item.scan)
        raise InputError(f"{root}: {where} is missing, which {item.id} is about")
    if item.family == "objaverse":
        return _object_alone(path, item.scan)
    return read_scene(path.parent if path.name == RSCAN_POINTS else path)


def _object_alone(path: Path, name: str) -> ObjectScene:
    """Cap3D's cloud of an object: a tensor (6, P) of xyz and rgb 0 to 255."""
    check_file(path, "a cloud of Cap3D")
    try:
        cloud = torch.load(path, map_location="cpu", weights_only=True)
    except (*_DAMAGED, torch.serialization.pickle.UnpicklingError) as error:  # type: ignore[attr-defined]
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a tensor (6, P)") from None
    if not isinstance(cloud, torch.Tensor) or cloud.ndim != 2 or cloud.shape[0] != 6 or not cloud.shape[1]:
        found = tuple(cloud.shape) if isinstance(cloud, torch.Tensor) else type(cloud).__name__
        raise InputError(f"{path}: found {found}, expected a tensor (6, P) of xyz and rgb")
    points = cloud.T.float().numpy().copy()
    points[:, 3:] /= 255.0
    return ObjectScene(name, (points,), np.zeros(1, np.int64), ("",))
