"""Scenes of segmented objects from files: ScanNet and 3RScan in LEO's layouts, PLY, and instance proposals over them.

Scans as they are downloaded are found by `scan_files`. LEO's layouts: `<scan>.pth` holds (xyz, rgb 0 to 255, ...,
instance ids); a 3RScan folder holds pcd-align.pth, which is (xyz, rgb, instance ids), and inst_to_label.pth, an
id -> label dict whose order is the order of the objects.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.embodiment import UpAxis
from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json, read_json_object
from leo_agent.policies.leo.scenes.annotations import named_objects, segmented_vertices
from leo_agent.policies.leo.scenes.array_pickles import load_arrays
from leo_agent.policies.leo.scenes.mask_files import read_masks
from leo_agent.policies.leo.scenes.object_scene import ObjectScene, check_points
from leo_agent.policies.leo.scenes.ply_points import read_ply
from leo_agent.policies.leo.scenes.scan_files import ScanFiles, scan_in, scan_of

RSCAN_POINTS, RSCAN_LABELS = "pcd-align.pth", "inst_to_label.pth"
SHOWN_IDS = 10
_log = logging.getLogger(__name__)

Labels = Mapping[int, str]


@np.errstate(invalid="ignore")  # what is no number is found by comparison, and reported
def read_scene(
    path: str | Path,
    masks: str | Path | None = None,
    labels: Labels | str | Path | None = None,
    up_axis: UpAxis = "z",
) -> ObjectScene:
    """The objects of a scan: a file `.pth` in LEO's layout or `.ply`, or a folder of ScanNet, 3RScan or Replica.

    Instances and masks without a point are left out, and the log says how many.

    Args:
        path: of the points, with or without instance ids.
        masks: a .mask.npz over the same points: the objects are then the first 50 of its proposals, the row number
            their id. Without, they are the instances in the file: every id from 0 on, ascending, or those of 3RScan's
            labels in their order.
        labels: names objects by id, over what the scan's own files say: a dict, or a file of one (.json, or .pth like
            inst_to_label.pth), or such a file of ScanNet, 3RScan or Replica, which may name more than there is.
        up_axis: of the file; all these kinds are z-up.

    Raises:
        InputError: in one line, for anything missing, damaged or contradictory.
    """
    cloud = _read_cloud(Path(path), masks is None)
    if masks is not None:
        found = read_masks(Path(masks), len(cloud.points))
        objects = {row: cloud.points[each] for row, each in found.items()}
    else:
        objects = _instances(cloud)
    if not objects:
        raise InputError(f"{masks or cloud.path}: holds no object with a point, expected at least one")
    if isinstance(labels, str | Path):
        labels = _read_labels(Path(labels), objects)
    given = {} if labels is None else _checked_labels(labels, "labels")
    unknown = [number for number in given if number not in objects]
    if unknown:
        shown = ", ".join(str(each) for each in list(objects)[:SHOWN_IDS])
        more = f" and {len(objects) - SHOWN_IDS} more" if len(objects) > SHOWN_IDS else ""
        raise InputError(f"{cloud.path}: a label names object {unknown[0]}, but the objects are {shown}{more}")
    names = {**(cloud.labels or {}), **given}
    return ObjectScene(
        name=cloud.name,
        points=tuple(objects.values()),
        ids=np.array(list(objects), dtype=np.int64),
        labels=tuple(names.get(number, "") for number in objects),
        up_axis=up_axis,
    )


@dataclass(frozen=True)
class _Cloud:
    """What a file holds."""

    path: Path
    name: str
    points: np.ndarray  # (M, 6)
    ids: np.ndarray | None  # (M,) of instances
    labels: dict[int, str] | None = None  # of the scan's own files, which choose the objects


def _read_cloud(path: Path, instances_wanted: bool) -> _Cloud:
    scan = scan_in(path) if path.is_dir() and not (path / RSCAN_POINTS).exists() else None
    if scan is None and path.suffix == ".ply" and not path.is_dir():
        scan = scan_of(path)
    if scan is not None:
        return _read_scan(scan, instances_wanted)
    if path.name == RSCAN_POINTS or (path / RSCAN_POINTS).exists():
        folder = path if path.is_dir() else path.parent
        points, ids = _read_pth(folder / RSCAN_POINTS, ids_at=2)
        labels = _read_labels(folder / RSCAN_LABELS) if instances_wanted else None
        return _Cloud(folder / RSCAN_POINTS, folder.absolute().name, points, ids, labels)
    if path.suffix == ".pth":
        return _Cloud(path, path.stem, *_read_pth(path, ids_at=-1))
    kinds = f".pth (ScanNet's layout), .ply, or a folder of ScanNet, Replica, or 3RScan (also with {RSCAN_POINTS})"
    found = "missing"
    if path.exists():
        found = "a folder with none of a scan's files" if path.is_dir() else "an unknown kind of scene"
    raise InputError(f"{path}: {found}; expected {kinds}")


def _read_scan(scan: ScanFiles, instances_wanted: bool) -> _Cloud:
    held = read_ply(scan.points, instances_wanted and scan.segments is None)
    points, ids, labels = held.points, held.ids, None
    if instances_wanted and scan.aggregation is not None and scan.segments is not None:
        ids, labels = segmented_vertices(scan.aggregation, scan.segments, len(points))
    elif instances_wanted and scan.names is not None:
        labels = named_objects(read_json_object(scan.names, "names of objects"), str(scan.names))
        if labels is None:
            raise InputError(f"{scan.names}: found neither 'segGroups' nor 'objects', expected names of objects")
    elif scan.classes and held.classes:
        names = dict(enumerate(scan.classes, start=1))
        labels = {number: names.get(each, "") for number, each in held.classes.items()}
    if scan.colours is not None:
        seen = read_ply(scan.colours, ids_wanted=False).points
        if seen.shape != points.shape:
            raise InputError(
                f"{scan.colours}: found {len(seen)} vertices, expected {len(points)} as {scan.points.name}"
            )
        points = np.concatenate([points[:, :3], seen[:, 3:]], axis=1)
    elif scan.colours_are_classes:
        _log.warning("%s: its colours are those of the annotation, not those of the things", scan.points)
    return _Cloud(scan.points, scan.name, check_points(points, str(scan.points)), ids, labels)


def _instances(cloud: _Cloud) -> dict[int, np.ndarray]:
    """The points of each id from 0 on, ascending, or of those that have a label, in the order of the labels."""
    if cloud.ids is None:
        raise InputError(f"{cloud.path}: holds no instance ids, expected masks beside it (.mask.npz)")
    order = np.argsort(cloud.ids, kind="stable")
    found, starts = np.unique(cloud.ids[order], return_index=True)
    pieces = np.split(cloud.points[order], starts[1:])
    present = {int(number): piece for number, piece in zip(found, pieces, strict=True) if number >= 0}
    if cloud.labels is None:
        return present
    kept = {number: present[number] for number in cloud.labels if number in present}
    if len(kept) < len(cloud.labels):
        lost = len(cloud.labels) - len(kept)
        _log.warning("%s: %d of %d objects hold no point and are left out", cloud.path, lost, len(cloud.labels))
    return kept


def _read_pth(path: Path, ids_at: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Points (M, 6) float32, rgb in [0, 1], and ids (M,) int64 or None, of a tuple of arrays."""
    values = load_arrays(path)
    if not isinstance(values, tuple) or len(values) < 3:
        found = f"{len(values)} values" if isinstance(values, tuple) else type(values).__name__
        raise InputError(f"{path}: holds {found}, expected (xyz, rgb, ..., instance ids)")
    xyz, rgb, ids = values[0], values[1], values[ids_at]
    for what, array in (("xyz", xyz), ("rgb", rgb)):
        if not isinstance(array, np.ndarray) or array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "fiu":
            raise InputError(f"{path}: {what} is {_described(array)}, expected an array (M, 3)")
    if len(xyz) != len(rgb):
        raise InputError(f"{path}: {len(xyz)} points, but {len(rgb)} colours")
    wrong = ~((rgb >= 0) & (rgb <= 255)).all(axis=1)
    if wrong.any():
        raise InputError(f"{path}: point {int(wrong.argmax())} has a colour outside 0 to 255")
    if rgb.dtype.kind == "f" and len(rgb) > 0 and rgb.max() <= 1.0 and (rgb != np.floor(rgb)).any():
        raise InputError(f"{path}: its largest colour is {rgb.max():g}, expected 0 to 255")
    points = np.concatenate([xyz.astype(np.float64), rgb.astype(np.float64) / 255.0], axis=1)
    return check_points(points, str(path)), None if ids is None else _checked_ids(ids, len(points), path)


def _checked_ids(ids: Any, count: int, path: Path) -> np.ndarray:
    if not isinstance(ids, np.ndarray) or ids.ndim != 1 or ids.dtype.kind not in "fiu":
        raise InputError(f"{path}: instance ids are {_described(ids)}, expected an array (M,) of int")
    if len(ids) != count:
        raise InputError(f"{path}: {count} points, but {len(ids)} instance ids")
    if not (np.abs(ids.astype(np.float64)) < 2**53).all() or (ids != np.floor(ids)).any():
        raise InputError(f"{path}: found an instance id that is not a whole number")
    return ids.astype(np.int64)


def _described(value: object) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _read_labels(path: Path, objects: Collection[int] = ()) -> dict[int, str]:
    """The id -> label dict of a file, in its order; None as a label is "". Of a dataset's file those of objects."""
    values = read_json(path, "an object of id: label") if path.suffix == ".json" else load_arrays(path)
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds {type(values).__name__}, expected a dict from instance id to label")
    names = named_objects(values, str(path)) if path.suffix == ".json" else None
    if names is None:
        return _checked_labels(values, str(path))
    return {number: names[number] for number in names if number in objects}


def _checked_labels(values: Mapping[Any, Any], where: str) -> dict[int, str]:
    labels: dict[int, str] = {}
    for key, label in values.items():
        number = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 19 else key
        if not isinstance(number, int | np.integer) or isinstance(number, bool) or not 0 <= number < 2**63:
            raise InputError(f"{where}: found {str(key)[:40]!r} as an instance id, expected whole numbers from 0 on")
        if not isinstance(label, str) and label is not None:
            raise InputError(f"{where}: object {number} has the label {str(label)[:40]!r}, expected text")
        labels[int(number)] = label or ""
    return labels
