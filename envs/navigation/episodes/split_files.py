"""Finds the files of a split as Habitat stores them: the split's own file, and content files, one a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.envs.navigation.episodes.records import Episode
from leo_agent.envs.scenes.json_fields import describe, read_json_object, take
from leo_agent.envs.scenes.paths import is_file, is_folder, strip_scene_prefix

DEFAULT_CONTENT_TEMPLATE = "{data_path}/content/{scene}.json.gz"
_SPLIT_ENDINGS = (".json.gz", ".json")


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
    if "content_scenes_path" in top:
        template = take(top, "content_scenes_path", str, where)
    if "{scene}" not in template or "\0" in template:
        raise InputError(f"{where}: 'content_scenes_path' must hold {{scene}}, found {describe(template)}")
    template = template.replace("{data_path}", str(path.parent))
    folder_name, _, ending = template.partition("{scene}")
    folder = Path(folder_name)
    # Only a folder counts as habitat-lab's content folder; the scene must be the file's own name in it.
    files = sorted(folder.glob(f"*{_glob_literal(ending)}")) if is_folder(folder) and "/" not in ending else []
    if top.get("episodes"):
        files.insert(0, path)
    if not files:
        raise InputError(f"{where}: no episodes in it and no content files in {folder}")
    return SplitFiles(path, strip_ending(path.name), tuple(files))


def find_scenes_folder(dataset_file: Path, episode: Episode) -> Path:
    """The nearest folder above `dataset_file` that holds the episode's scene dataset config or its scene file.

    In each folder `data/scene_datasets` and `scene_datasets` are looked into as well, which is habitat-lab's layout.

    Raises:
        InputError: there is none; it names what was looked for.
    """
    names = [strip_scene_prefix(episode.scene_id)]
    if episode.scene_dataset_config != "default":
        names.insert(0, strip_scene_prefix(episode.scene_dataset_config))
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
    if is_file(dataset):
        if not dataset.name.endswith(_SPLIT_ENDINGS):
            raise InputError(f"{dataset}: expected an episode dataset, a {{split}}.json.gz or the folder above it")
        return dataset
    if not is_folder(dataset):
        raise InputError(f"{dataset}: no such file or folder; expected a {{split}}.json.gz or the folder above it")
    for ending in _SPLIT_ENDINGS:
        for path in (dataset / split / f"{split}{ending}", dataset / f"{split}{ending}"):
            if is_file(path):
                return path
    found = ", ".join(sorted(_splits_below(dataset))) or (
        f"no split at all, expected {split}/{split}.json.gz or {split}.json.gz in it"
    )
    raise InputError(f"{dataset}: no split {split!r}; found {found}")


def _splits_below(folder: Path) -> set[str]:
    """Names of the splits that a folder holds: files of the right name and place that are split files inside, too."""
    files = [path for path in (*folder.glob("*.json*"), *folder.glob("*/*.json*")) if is_file(path)]
    named = [(path, strip_ending(path.name)) for path in files if path.name.endswith(_SPLIT_ENDINGS)]
    return {name for path, name in named if path.parent in (folder, folder / name) and _is_split_file(path)}


def _is_split_file(path: Path) -> bool:
    try:
        return "episodes" in read_json_object(path)
    except InputError:
        return False


def _glob_literal(text: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
