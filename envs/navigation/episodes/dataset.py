"""Reads ObjectNav-v1 episode datasets as Habitat stores them: a split file, content files, goals with view points."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leo_agent.envs.navigation.episodes.records import Episode, Goal, read_episode, read_goals, scene_name
from leo_agent.envs.scenes.json_fields import describe, one_line, read_json_object, take
from leo_agent.envs.scenes.paths import is_file, is_folder, strip_scene_prefix

from leo_agent.contract.errors import InputError

DEFAULT_CONTENT_TEMPLATE = "{data_path}/content/{scene}.json.gz"
_SPLIT_ENDINGS = (".json.gz", ".json")


@dataclass(frozen=True, eq=False)
class SplitFile:
    """The top file of a split: the category numbers and where the episodes are."""

    path: Path
    split: str
    category_ids: dict[str, int]
    episode_files: tuple[Path, ...]


class EpisodeCollection(ABC):
    """Episodes of one split, read file by file when they are asked for.

    `path` names the split in complaints, `category_ids` numbers the categories of the task.
    """

    def __init__(self, path: Path, split: str, category_ids: dict[str, int], episode_files: tuple[Path, ...]) -> None:
        self.path = path
        self.split = split
        self.category_ids = category_ids
        self.episode_files = episode_files
        self._loaded: dict[Path, tuple[Episode, ...]] = {}
        self._categories: dict[str, dict[int, str]] = {}

    def __iter__(self) -> Iterator[Episode]:
        for path in self.episode_files:
            yield from self.load(path)

    def load(self, path: Path) -> tuple[Episode, ...]:
        """The episodes of one of `episode_files`; parsed once, then kept."""
        if path not in self._loaded:
            self._loaded[path] = self._read(path)
            self._name_instances(self._loaded[path])
        return self._loaded[path]

    def in_scene(self, scene: str) -> tuple[Episode, ...]:
        """The episodes of a scene (a scene id or its name), at least one; raises `InputError` if there are none."""
        wanted = scene_name(scene)
        # The content file is named after its scene as a rule: then it is the only one to parse.
        named = [path for path in self.episode_files if _strip_ending(path.name) == wanted]
        for files in (named, self.episode_files):
            found = [episode for path in files for episode in self.load(path) if episode.scene_name == wanted]
            if found:
                return tuple(found)
        raise InputError(f"{self.path}: no episodes in scene {scene!r}; its scenes are {_scene_names(self)}")

    def instance_categories(self, scene_id: str) -> dict[int, str]:
        """Category by instance id of the goals in a scene, as far as its episodes were loaded and ids are numbers."""
        return self._categories.get(scene_id, {})

    def find(self, episode_id: str, scene: str | None = None) -> Episode:
        """The episode of that id in that scene (a scene id or its name); raises `InputError` if there is not one."""
        episodes = tuple(self) if scene is None else self.in_scene(scene)
        found = [episode for episode in episodes if episode.episode_id == episode_id]
        place = f"{self.path}: " + ("the split" if scene is None else f"scene {scene!r}")
        if not found:
            ids = f"its {len(episodes)} ids are {episodes[0].episode_id} to {episodes[-1].episode_id}"
            raise InputError(f"{place} has no episode {episode_id!r}; {ids}")
        if len(found) > 1:
            scenes = _scene_names(found)
            raise InputError(f"{place} has {len(found)} episodes {episode_id!r} (scenes {scenes}); name one")
        return found[0]

    @abstractmethod
    def _read(self, path: Path) -> tuple[Episode, ...]:
        """The episodes of one of `episode_files`."""

    def _name_instances(self, episodes: tuple[Episode, ...]) -> None:
        for episode in episodes:
            names = self._categories.setdefault(episode.scene_id, {})
            for goal in episode.goals:
                # Matterport's ids ("0_1_12": level, region, object) are no numbers, though int() would take them.
                if goal.object_id.isascii() and goal.object_id.isdigit() and len(goal.object_id) < 10:
                    names[int(goal.object_id)] = episode.object_category


class ObjectNavDataset(EpisodeCollection):
    """The episodes of a split as ObjectNav-v1 files hold them.

    `dataset` is a `{split}.json.gz` (its name then tells the split) or a folder that holds `{split}/{split}.json.gz`
    or `{split}.json.gz`. Raises `InputError` for anything missing or malformed. Format: habitat-lab 0.3.4.
    """

    def __init__(self, dataset: str | Path, split: str = "val") -> None:
        self._top = _read_split_file(_find_split_file(Path(dataset), split))
        super().__init__(self._top.path, self._top.split, self._top.category_ids, self._top.episode_files)

    def _read(self, path: Path) -> tuple[Episode, ...]:
        return _read_episodes(path, self._top)


def find_scenes_folder(dataset_file: Path, episode: Episode) -> Path:
    """The nearest folder above `dataset_file` that holds the episode's scene dataset config or its scene file.

    In each folder `data/scene_datasets` and `scene_datasets` are looked into as well, which is habitat-lab's layout.
    Raises `InputError` naming what was looked for.
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


def _scene_names(episodes: Iterable[Episode]) -> str:
    return one_line(", ".join(sorted({episode.scene_name for episode in episodes})))


def _find_split_file(dataset: Path, split: str) -> Path:
    if is_file(dataset):
        if not dataset.name.endswith(_SPLIT_ENDINGS):
            raise InputError(f"{dataset}: expected an ObjectNav dataset, a {{split}}.json.gz or the folder above it")
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
    named = [(path, _strip_ending(path.name)) for path in files if path.name.endswith(_SPLIT_ENDINGS)]
    return {name for path, name in named if path.parent in (folder, folder / name) and _is_split_file(path)}


def _is_split_file(path: Path) -> bool:
    try:
        return not {"episodes", "category_to_task_category_id"}.isdisjoint(read_json_object(path))
    except InputError:
        return False


def _strip_ending(name: str) -> str:
    return next((name[: -len(ending)] for ending in _SPLIT_ENDINGS if name.endswith(ending)), name)


def _read_split_file(path: Path) -> SplitFile:
    top = read_json_object(path)
    where = str(path)
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
    # With content files present the maps may stand in them alone.
    ids = _category_ids(top, where) if "category_to_task_category_id" in top or path in files else None
    if ids is None:
        ids = _category_ids(read_json_object(files[0]), str(files[0]))
    return SplitFile(path, _strip_ending(path.name), ids, tuple(files))


def _glob_literal(text: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)


def _category_ids(record: dict[str, Any], where: str) -> dict[str, int]:
    ids = take(record, "category_to_task_category_id", dict, where)
    for name in ids:
        number = take(ids, name, int, f"{where}: category_to_task_category_id")
        if not 0 <= number < 2**31:
            raise InputError(f"{where}: task category id of {name!r} must be 0 to 2^31 - 1, found {describe(number)}")
    if not ids:
        raise InputError(f"{where}: 'category_to_task_category_id' names no category")
    return dict(ids)


def _read_episodes(path: Path, top: SplitFile) -> tuple[Episode, ...]:
    content = read_json_object(path)
    where = str(path)
    goals: dict[str, tuple[Goal, ...]] = {}
    if path != top.path:
        goals.update(read_goals(read_json_object(top.path), str(top.path)))
    goals.update(read_goals(content, where))
    records = take(content, "episodes", list, where)
    return tuple(read_episode(record, index, goals, top.category_ids, where) for index, record in enumerate(records))
