"""Which files belong to a scan as its dataset is downloaded: ScanNet's, 3RScan's or Replica's.

ScanNet v2: `S_vh_clean_2.ply` (and `.labels.ply`, whose colours are classes), `S_vh_clean_2.0.010000.segs.json`,
`S.aggregation.json`; the finer mesh `S_vh_clean.ply` has its own pair. 3RScan: `labels.instances.annotated.v2.ply`
(whose colours are the annotation's) and `semseg.v2.json`. Replica: `habitat/mesh_semantic.ply`, `info_semantic.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leo_agent.contract.errors import InputError

SCANNET_CLASSES = (
    *("wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture", "counter"),
    *(
        "blinds",
        "desk",
        "shelves",
        "curtain",
        "dresser",
        "pillow",
        "mirror",
        "floor mat",
        "clothes",
        "ceiling",
        "books",
    ),
    *("refrigerator", "television", "paper", "towel", "shower curtain", "box", "whiteboard", "person", "night stand"),
    *("toilet", "sink", "lamp", "bathtub", "bag", "other structure", "other furniture", "other prop"),
)
"""Of NYU40, the labels of ScanNet's files, from 1 on."""
_CLASS_COLOURED = ".labels"
_RSCAN = tuple(
    f"labels.instances.{kind}{version}.ply" for version in (".v2", "") for kind in ("annotated", "align.annotated")
)
_RSCAN_NAMES = ("semseg.v2.json", "semseg.json")
_REPLICA, _REPLICA_NAMES = "mesh_semantic.ply", "info_semantic.json"


@dataclass(frozen=True)
class ScanFiles:
    """The files of one scan; None where there is none of the kind."""

    name: str
    points: Path
    colours: Path | None = None  # of the same points as they were seen, where those of `points` are an annotation's
    colours_are_classes: bool = False
    aggregation: Path | None = None
    segments: Path | None = None
    names: Path | None = None  # the labels of the ids in `points`
    classes: tuple[str, ...] = ()  # names of the classes in `points`, from 1 on


def scan_in(folder: Path) -> ScanFiles | None:
    """The scan in a folder, None if it holds none of these layouts."""
    candidates = [folder / name for name in (*_RSCAN, f"habitat/{_REPLICA}", _REPLICA)]
    for ending in ("_vh_clean_2.ply", "_vh_clean_2.labels.ply", "_vh_clean.ply"):
        candidates += sorted(path for path in folder.glob(f"*{ending}") if not path.name.startswith("."))
    found = next((path for path in candidates if path.exists()), None)
    return None if found is None else scan_of(found, folder.absolute().name)


def scan_of(path: Path, name: str = "") -> ScanFiles:
    """A .ply file with those that belong to it.

    Raises:
        InputError: of two that belong together, one is missing.
    """
    if path.name in _RSCAN:
        names = next((each for each in map(path.with_name, _RSCAN_NAMES) if each.exists()), None)
        return ScanFiles(name or path.absolute().parent.name, path, colours_are_classes=True, names=names)
    if path.name == _REPLICA:
        names = path.with_name(_REPLICA_NAMES)
        return ScanFiles(name or path.stem, path, names=names if names.exists() else None)
    stem = path.stem.removesuffix(_CLASS_COLOURED)
    is_coloured, name = stem != path.stem and stem.endswith("_vh_clean_2"), name or path.stem
    seen = path.with_name(f"{stem}.ply")
    colours = seen if is_coloured and seen.exists() else None
    classes = SCANNET_CLASSES if is_coloured else ()
    scan = ScanFiles(name, path, colours, is_coloured, classes=classes)
    if not stem.endswith(("_vh_clean_2", "_vh_clean")):
        return scan
    groups = path.with_name(f"{stem.removesuffix('_vh_clean_2')}.aggregation.json")
    segments = path.with_name(f"{stem}{'.0.010000' if stem.endswith('_2') else ''}.segs.json")
    if groups.exists() != segments.exists():
        missing, present = (segments, groups) if groups.exists() else (groups, segments)
        raise InputError(f"{missing}: no such file, expected it beside {present.name}")
    if not groups.exists():
        return scan
    return ScanFiles(name, path, colours, is_coloured, groups, segments)
