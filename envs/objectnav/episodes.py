"""Reads ObjectNav-v1 episode datasets as Habitat stores them: a split file, content files, goals with view points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from envs.errors import InputError
from envs.objectnav.json_fields import describe, read_json_object, take, take_rotation, take_vector

DEFAULT_CONTENT_TEMPLATE = "{data_path}/content/{scene}.json.gz"
_SPLIT_ENDINGS = (".json.gz", ".json")
_SCENE_ENDINGS = (".scene_instance.json", ".basis.glb", ".glb", ".ply")
# habitat-lab strips this prefix before it joins a scene id to its scenes folder; a "./" in front is also seen.
_SCENE_PREFIX = "data/scene_datasets/"
# The article follows the sound: a unicorn, a utensil, a one seater, but an hourglass.
_VOWEL_SOUND = re.compile(r"(?!eu|uni(?!d)|use|usu|uten|ura|uku|one\b|once\b)[aeiou]|hour|heir|hono")


@dataclass(frozen=True, eq=False)
class Goal:
    """One instance of the wanted category. `view_points` (V, 3) float64, metres: where an agent base may stop."""

    object_id: str
    category: str
    position: np.ndarray
    view_points: np.ndarray


@dataclass(frozen=True, eq=False)
class Episode:
    """One ObjectNav episode. World frame: +Y up, metres; `start_rotation` is a quaternion x, y, z, w of length
    1 up to the file's rounding.

    `episode_id` is the index in its content file, as habitat-lab overwrites it; with `scene_name` it is unique.
    """

    episode_id: str
    scene_id: str
    scene_dataset_config: str
    object_category: str
    task_category_id: int
    start_position: np.ndarray
    start_rotation: np.ndarray
    goals: tuple[Goal, ...]
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def scene_name(self) -> str:
        """Base name of the scene without its file ending: `house_0001`."""
        return scene_name(self.scene_id)

    @property
    def view_points(self) -> np.ndarray:
        """(V, 3) float64 view points of all goals, in file order; (0, 3) if there are none."""
        return np.concatenate([np.empty((0, 3)), *(goal.view_points for goal in self.goals)])

    @property
    def instruction(self) -> str:
        """The goal in words: "find a chair"."""
        return instruction_for(self.object_category)


@dataclass(frozen=True, eq=False)
class SplitFile:
    """The top file of a split: the category numbers and where the episodes are."""

    path: Path
    split: str
    category_ids: dict[str, int]
    episode_files: tuple[Path, ...]


def instruction_for(category: str) -> str:
    """The instruction "find a {category}": underscores as spaces, "an" before a vowel sound."""
    words = " ".join(category.replace("_", " ").split()) or "object"
    article = "an" if _VOWEL_SOUND.match(words.lower()) else "a"
    return f"find {article} {words}"


def scene_name(scene_id: str) -> str:
    """Base name of a scene id without its file ending."""
    name = PurePosixPath(scene_id).name
    for ending in _SCENE_ENDINGS:
        if name.endswith(ending) and name != ending:
            return name[: -len(ending)]
    return name


class ObjectNavDataset:
    """Episodes of one split, read file by file when they are asked for.

    `dataset` is a `{split}.json.gz` (its name then tells the split) or a folder that holds `{split}/{split}.json.gz`
    or `{split}.json.gz`. Raises `InputError` for anything missing or malformed. Format: habitat-lab 0.3.4.
    """

    def __init__(self, dataset: str | Path, split: str = "val") -> None:
        self._top = _read_split_file(_find_split_file(Path(dataset), split))
        self.path = self._top.path
        self.split = self._top.split
        self.category_ids = self._top.category_ids
        self.episode_files = self._top.episode_files
        self._loaded: dict[Path, tuple[Episode, ...]] = {}
        self._categories: dict[str, dict[int, str]] = {}

    def __iter__(self) -> Iterator[Episode]:
        for path in self.episode_files:
            yield from self.load(path)

    def load(self, path: Path) -> tuple[Episode, ...]:
        """The episodes of one of `episode_files`; parsed once, then kept."""
        if path not in self._loaded:
            self._loaded[path] = _read_episodes(path, self._top)
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
        scenes = ", ".join(sorted({episode.scene_name for episode in self}))
        raise InputError(f"{self.path}: no episodes in scene {scene!r}; its scenes are {scenes}")

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
            scenes = ", ".join(sorted({episode.scene_name for episode in found}))
            raise InputError(f"{place} has {len(found)} episodes {episode_id!r} (scenes {scenes}); name one")
        return found[0]

    def _name_instances(self, episodes: tuple[Episode, ...]) -> None:
        for episode in episodes:
            names = self._categories.setdefault(episode.scene_id, {})
            for goal in episode.goals:
                # Matterport's ids ("0_1_12": level, region, object) are no numbers, though int() would take them.
                if goal.object_id.isascii() and goal.object_id.isdigit() and len(goal.object_id) < 10:
                    names[int(goal.object_id)] = episode.object_category


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
            if any((root / name).is_file() for name in names):
                return root
    wanted = " or ".join(repr(name) for name in names)
    raise InputError(f"{dataset_file}: no folder above it holds {wanted}; give the folder that does with scenes=")


def strip_scene_prefix(scene_path: str) -> str:
    """A scene path of an episode relative to the scenes folder, as habitat-lab joins it."""
    return scene_path.removeprefix("./").removeprefix(_SCENE_PREFIX)


def _find_split_file(dataset: Path, split: str) -> Path:
    if dataset.is_file():
        if not dataset.name.endswith(_SPLIT_ENDINGS):
            raise InputError(f"{dataset}: expected an ObjectNav dataset, a {{split}}.json.gz or the folder above it")
        return dataset
    if not dataset.is_dir():
        raise InputError(f"{dataset}: no such file or folder; expected a {{split}}.json.gz or the folder above it")
    for ending in _SPLIT_ENDINGS:
        for path in (dataset / split / f"{split}{ending}", dataset / f"{split}{ending}"):
            if path.is_file():
                return path
    found = sorted(_splits_below(dataset))
    raise InputError(f"{dataset}: no split {split!r}; found {', '.join(found) if found else 'no split at all'}")


def _splits_below(folder: Path) -> set[str]:
    files = [path for path in (*folder.glob("*.json*"), *folder.glob("*/*.json*")) if path.is_file()]
    named = [(path, _strip_ending(path.name)) for path in files if path.name.endswith(_SPLIT_ENDINGS)]
    return {name for path, name in named if path.parent.name == name or path.parent == folder}


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
    files = sorted(folder.glob(f"*{_glob_literal(ending)}")) if _is_directory(folder) and "/" not in ending else []
    if top.get("episodes"):
        files.insert(0, path)
    if not files:
        raise InputError(f"{where}: no episodes in it and no content files in {folder}")
    # With content files present the maps may stand in them alone.
    ids = _category_ids(top, where) if "category_to_task_category_id" in top or path in files else None
    if ids is None:
        ids = _category_ids(read_json_object(files[0]), str(files[0]))
    return SplitFile(path, _strip_ending(path.name), ids, tuple(files))


def _is_directory(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # a name longer than the file system allows
        return False


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
        goals.update(_goals_by_category(read_json_object(top.path), str(top.path)))
    goals.update(_goals_by_category(content, where))
    records = take(content, "episodes", list, where)
    return tuple(_episode(record, index, goals, top, where) for index, record in enumerate(records))


def _goals_by_category(content: dict[str, Any], where: str) -> dict[str, tuple[Goal, ...]]:
    if "goals_by_category" not in content:
        return {}
    table = take(content, "goals_by_category", dict, where)
    return {key: _goals(take(table, key, list, where), f"{where}: goals of {key!r}") for key in table}


def _episode(record: Any, index: int, goals: dict[str, tuple[Goal, ...]], top: SplitFile, file: str) -> Episode:
    where = f"{file}: episode {index}"
    if not isinstance(record, dict):
        raise InputError(f"{where}: must be an object, found {describe(record)}")
    scene_id = take(record, "scene_id", str, where)
    category = take(record, "object_category", str, where)
    if not scene_name(scene_id) or "\0" in scene_id:
        raise InputError(f"{where}: 'scene_id' names no scene, found {describe(scene_id)}")
    if category not in top.category_ids:
        known = ", ".join(sorted(top.category_ids))
        raise InputError(f"{where}: 'object_category' {category!r} is not among the task's categories: {known}")
    key = f"{PurePosixPath(scene_id).name}_{category}"
    if key not in goals:
        own = take(record, "goals", list, where) if "goals" in record else []
        if not own:
            raise InputError(f"{where}: no 'goals_by_category' entry {key!r} and no 'goals' of its own")
        # Shared from here on: the first episode of a key gives the goals of all of them, as in habitat-lab.
        goals[key] = _goals(own, where)
    return Episode(
        episode_id=str(index),
        scene_id=scene_id,
        scene_dataset_config=_optional(record, "scene_dataset_config", str, "default", where),
        object_category=category,
        task_category_id=top.category_ids[category],
        start_position=take_vector(record, "start_position", 3, where),
        start_rotation=take_rotation(record, "start_rotation", where),
        goals=goals[key],
        info=_optional(record, "info", dict, {}, where),
    )


def _optional(record: dict[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    return default if record.get(key) is None else take(record, key, kind, where)


def _goals(records: list[Any], where: str) -> tuple[Goal, ...]:
    return tuple(_goal(record, f"{where}: goal {index}") for index, record in enumerate(records))


def _goal(record: Any, where: str) -> Goal:
    if not isinstance(record, dict):
        raise InputError(f"{where}: must be an object, found {describe(record)}")
    object_id = record.get("object_id")
    if not isinstance(object_id, (str, int)) or isinstance(object_id, bool):
        raise InputError(f"{where}: 'object_id' must be a string or an integer, found {describe(object_id)}")
    points = [
        take_vector(_agent_state(view_point, f"{where}: view point {index}"), "position", 3, where)
        for index, view_point in enumerate(take(record, "view_points", list, where))
    ]
    return Goal(
        object_id=str(object_id),
        category=_optional(record, "object_category", str, "", where),
        position=take_vector(record, "position", 3, where),
        view_points=np.array(points).reshape(-1, 3),
    )


def _agent_state(view_point: Any, where: str) -> dict[str, Any]:
    if not isinstance(view_point, dict):
        raise InputError(f"{where}: must be an object, found {describe(view_point)}")
    return take(view_point, "agent_state", dict, where)
