"""Finds the files of a split as Habitat stores them: the split's own file, and content files, one a scene.

One rule for all of them: hidden files (`.DS_Store`, `._X.json.gz`) are no files of a dataset; `.json.gz` and `.json`
are alike, and where both are there, the first is read.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.scenes.json_fields import describe, one_line, take
from leo_agent.envs.scenes.paths import is_file, is_folder, strip_scene_prefix

DEFAULT_CONTENT_TEMPLATE = "{data_path}/content/{scene}.json.gz"
_SPLIT_ENDINGS = (".json.gz", ".json")
_SHOWN_FILES = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class MadeOnDemand:
    """Content files, each named after its scene, that are written when they are first asked for."""

    make: Callable[[Path], None]  # writes the content file unless it is there
    episode_ids: tuple[str, ...] | None  # of every content file; None where only reading tells


@dataclass(frozen=True, eq=False)
class SplitFiles:
    """Where a split is."""

    path: Path  # the split's own file, read first
    split: str  # its name
    episode_files: tuple[Path, ...]  # those that hold episodes; `path` is one of them if it does
    on_demand: MadeOnDemand | None = None  # where they are not there from the beginning


Dataset = str | Path | SplitFiles
"""What episodes are read from: see `find_split`."""


def find_split(dataset: Dataset, split: str) -> SplitFiles:
    """The files of a split.

    Args:
        dataset: a `{split}.json.gz` (its name is then the split), or a folder that holds `{split}/{split}.json.gz`
            or `{split}.json.gz`; files that are known already are taken as they are.
        split: its name, where `dataset` is a folder.

    Raises:
        InputError: there is no such split, or it names no episodes.
    """
    if isinstance(dataset, SplitFiles):
        return dataset
    path = _find_split_file(Path(dataset), split)
    top, where = read_json_object(path), str(path)
    template = DEFAULT_CONTENT_TEMPLATE
    if top.get("content_scenes_path"):
        template = take(top, "content_scenes_path", str, where)
    if "{scene}" not in template or "\0" in template:
        raise InputError(f"{where}: 'content_scenes_path' must hold {{scene}}, found {describe(template)}")
    template = template.replace("{data_path}", str(path.parent))
    folder_name, _, ending = template.partition("{scene}")
    # Only a folder counts as habitat-lab's content folder; the scene must be the file's own name in it.
    files = _content_files(Path(folder_name), ending) if "/" not in ending else []
    if top.get("episodes"):
        files.insert(0, path)
    if not files:
        raise InputError(f"{where}: no episodes in it and no content files: {_content(Path(folder_name), ending)}")
    return SplitFiles(path, strip_ending(path.name), tuple(files))


def _content_files(folder: Path, ending: str) -> list[Path]:
    """The files of a folder that end so, packed or plain, without hidden ones, sorted; of two alike the packed one."""
    stem = strip_ending(ending)
    endings = [f"{stem}{each}" for each in _SPLIT_ENDINGS] if stem != ending else [ending]
    found: dict[str, Path] = {}
    for each in endings:
        for path in _visible(folder):
            if path.name.endswith(each) and not is_folder(path):
                first = found.setdefault(path.name.removesuffix(each), path)
                if first is not path:
                    _log.warning("%s is passed over, since %s is there", path, first.name)
    return sorted(found.values())


def _visible(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:  # no folder, or one that may not be read
        return []


def _content(folder: Path, ending: str) -> str:
    """What is where content files should be, for a message."""
    if not is_folder(folder):
        return f"there is no folder {folder}"
    wanted = f"*{strip_ending(ending)}.json.gz or .json" if strip_ending(ending) != ending else f"*{ending}"
    return f"found {_listed(path.name for path in _visible(folder))} in {folder}, expected {wanted}"


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - _SHOWN_FILES} more" if len(shown) > _SHOWN_FILES else ""
    return (one_line(", ".join(shown[:_SHOWN_FILES])) or "nothing") + more


def find_scenes_folder(dataset_file: Path, episode: Episode) -> Path:
    """The nearest folder above `dataset_file` that holds the episode's scene dataset config or its scene file.

    In each folder `data/scene_datasets` and `scene_datasets` are looked into as well, which is habitat-lab's layout.

    Raises:
        InputError: there is none; it names what was looked for.
    """
    names = [strip_scene_prefix(episode.scene_id)]
    if episode.scene_dataset_config != "default":
        names.insert(0, strip_scene_prefix(episode.scene_dataset_config))
    names = [name for name in names if not os.path.isabs(name)]
    if not names:
        return dataset_file.resolve().parent  # both are where they say, whatever the folder
    for folder in dataset_file.resolve().parents:
        for root in (folder, folder / "data/scene_datasets", folder / "scene_datasets"):
            if any(is_file(root / name) for name in names):
                return root
    wanted = " or ".join(repr(name) for name in names)
    raise InputError(f"{dataset_file}: no folder above it holds {wanted}; give the folder that does with scenes=")


def strip_ending(name: str) -> str:
    """The name of a split or content file without `.json.gz` or `.json`."""
    return next((name[: -len(ending)] for ending in _SPLIT_ENDINGS if name.endswith(ending)), name)


def _find_split_file(dataset: Path, split: str) -> Path:
    if _is_there(dataset):
        if not dataset.name.endswith(_SPLIT_ENDINGS):
            raise InputError(f"{dataset}: expected an episode dataset, a {{split}}.json.gz or the folder above it")
        return dataset
    if not is_folder(dataset):
        raise InputError(f"{dataset}: no such file or folder; expected a {{split}}.json.gz or the folder above it")
    for folder in (dataset / split, dataset):
        paths = [path for ending in _SPLIT_ENDINGS if _is_there(path := folder / f"{split}{ending}")]
        for passed_over in paths[1:]:
            _log.warning("%s is passed over, since %s is there", passed_over, paths[0].name)
        if paths:
            return paths[0]
    splits = _splits_below(dataset)
    if splits:
        raise InputError(f"{dataset}: no split {split!r}; found {', '.join(sorted(splits))}")
    found = _listed(path.name for path in _visible(dataset))
    raise InputError(
        f"{dataset}: no split {split!r}, and no split at all; found {found}, expected {split}/{split}.json.gz or "
        f"{split}.json.gz (or .json)"
    )


def _is_there(path: Path) -> bool:
    """Whether there is something that is no folder; what it is, its reader says."""
    return os.path.lexists(path) and not is_folder(path)


def _splits_below(folder: Path) -> set[str]:
    """Names of the splits that a folder holds: files of the right name and place that are split files inside, too."""
    files = [*_visible(folder), *(path for each in _visible(folder) for path in _visible(each))]
    named = [(path, strip_ending(path.name)) for path in files if path.name.endswith(_SPLIT_ENDINGS) and is_file(path)]
    return {name for path, name in named if path.parent in (folder, folder / name) and _is_split_file(path)}


def _is_split_file(path: Path) -> bool:
    try:
        return "episodes" in read_json_object(path)
    except InputError:
        return False
