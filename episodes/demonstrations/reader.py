"""Reads a dataset in the LeRobot v3 layout with its object clouds: columns at once, images when asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.embodiments import embodiment_of_actions
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import hash_files
from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.demonstrations.clouds import CloudTable, check_clouds
from leo_agent.episodes.demonstrations.frame_files import FrameFiles
from leo_agent.episodes.demonstrations.path_templates import check_template, is_inside
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    BOOKKEEPING,
    CODEBASE_VERSION,
    EPISODES_PATH,
    FILES_PER_CHUNK,
    INFO_PATH,
    OBJECTS,
    STATS_PATH,
    TASKS_PATH,
    numbered,
)
from leo_agent.episodes.demonstrations.statistics import statistics_of
from leo_agent.episodes.demonstrations.tables import check_episodes, read_table, read_tasks
from leo_agent.episodes.demonstrations.video import VideoReader, read_video


@dataclass(frozen=True)
class Demonstration:
    """One demonstration: frames `start` to `stop - 1` of the columns of `Dataset.frames`."""

    index: int  # in the dataset
    task: str  # the instruction at its beginning; a frame's `task_index` says where it changes
    start: int
    stop: int
    row: dict[str, Any]  # its whole row of the episode table (files, time stamps, `leo/…` description)

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.stop - self.start


class Dataset:
    """A dataset on disk.

    Attributes:
        fps: nominal frames (steps) per second.
        features: as in meta/info.json.
        tasks: instructions by `task_index`.
        episodes: all demonstrations in order.
        num_frames: of all episodes.

    Args:
        path: its folder.

    Raises:
        InputError: it is not a dataset of this layout, or a part of its meta folder is missing or damaged.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / INFO_PATH).is_file():
            found = "no such folder" if not self.path.is_dir() else f"no {INFO_PATH} there"
            raise InputError(f"{self.path}: {found}; expected a dataset as 'leo-agent collect' writes it")
        info = read_json_object(self.path / INFO_PATH, "the description of a dataset")
        self._check_info(info)
        self.fps: float = info["fps"]
        self.features: dict[str, dict[str, Any]] = info["features"]
        self.num_frames: int = info["total_frames"]
        self.tasks: dict[int, str] = read_tasks(self.path / TASKS_PATH)
        self._info = info
        self.episodes = self._read_episodes(info["total_episodes"])

    @property
    def num_episodes(self) -> int:
        """Number of demonstrations."""
        return len(self.episodes)

    @property
    def image_keys(self) -> list[str]:
        """Columns whose frames lie in videos."""
        return [name for name, feature in self.features.items() if feature["dtype"] == "video"]

    @cached_property
    def embodiment(self) -> Embodiment:
        """The body that acts, as it is by default, whose action vector the columns `action` and `expert_action` hold.

        Raises:
            InputError: no embodiment has an action vector with these names.
        """
        try:
            return embodiment_of_actions(self.features[ACTION].get("names") or ())
        except InputError as problem:
            raise InputError(f"{self.path / INFO_PATH}: {problem}") from None

    @cached_property
    def statistics(self) -> dict[str, dict[str, np.ndarray]]:
        """meta/stats.json: feature -> min, max, mean, std, count, q01 … q99."""
        path = self.path / STATS_PATH
        given = read_json_object(path, "the statistics of a dataset")
        return {name: statistics_of(stats, f"{path}: {shown(name)}") for name, stats in given.items()}

    @cached_property
    def clouds(self) -> CloudTable:
        """The object clouds that `observation.objects` points into; read, and checked, at the first use.

        Raises:
            InputError: there are none, one is damaged, or they are not those that the frames were recorded with.
        """
        if OBJECTS not in self.features:
            raise InputError(f"{self.path}: has no object clouds: {INFO_PATH} has no column {OBJECTS}")
        table = CloudTable(self.cloud_paths)
        check_clouds(self.path, self.frames(), table.summary)
        return table

    @property
    def cloud_paths(self) -> list[Path]:
        """The files that hold the object clouds, in the order of their rows."""
        return sorted(self.path.glob("clouds/chunk-*/file-*.parquet"))

    def frames(self) -> dict[str, np.ndarray]:
        """All columns of all frames but the images: (num_frames,) or (num_frames, K); read once.

        Raises:
            InputError: a data file is missing, damaged, or has other rows than the episode table says.
        """
        return self._frames

    @cached_property
    def digest(self) -> str:
        """Changes when what the dataset holds does: of all tables by content, of videos by name and size."""
        tables = [path for part in ("meta", "data", "clouds") for path in (self.path / part).rglob("*.*")]
        videos = sorted(f"{path.relative_to(self.path)} {path.stat().st_size}" for path in self.path.rglob("*.mp4"))
        return hash_files(tables, "\n".join(videos).encode("utf-8", "surrogateescape"))

    @cached_property
    def frame_files(self) -> FrameFiles:
        """The same file by file.

        Raises:
            InputError: a data file is missing or damaged, or all of them have other rows than the episode table says.
        """
        numbers = sorted({_file_number(episode, "data") for episode in self.episodes})
        paths = [self.path / numbered(self._info["data_path"], number) for number in numbers]
        files = FrameFiles(self.path, paths, self.features, frozenset(self.tasks))
        files.check_total(self.num_frames)
        return files

    @cached_property
    def _frames(self) -> dict[str, np.ndarray]:
        return self.frame_files.read_all()

    def images(self, key: str, episode: int) -> np.ndarray:
        """Frames of one camera in one episode, (T, H, W, 3) uint8, decoded now.

        Args:
            key: one of `image_keys`.
            episode: its index.
        """
        given = self.episodes[episode]
        path, start = self.video_of(key, episode)
        return read_video(path, start, given.length)

    def image(self, key: str, episode: int, frame: int) -> np.ndarray:
        """One of them, (H, W, 3) uint8."""
        path, start = self.video_of(key, episode)
        picture: np.ndarray = read_video(path, start + frame, 1)[0]
        return picture

    def iter_images(self, key: str, episodes: Sequence[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """(episode index, its frames (T, H, W, 3) uint8) in ascending order; every file is opened and read once.

        The way to read a whole dataset: it decodes in sequence, where `images` seeks.
        """
        reader: VideoReader | None = None
        try:
            for index in sorted(range(self.num_episodes) if episodes is None else episodes):
                path, start = self.video_of(key, index)
                if reader is None or reader.path != path:
                    if reader is not None:
                        reader.close()
                    reader = VideoReader(path)
                yield index, reader.read(start, self.episodes[index].length)
        finally:
            if reader is not None:
                reader.close()

    def video_of(self, key: str, index: int) -> tuple[Path, int]:
        """The file that holds what a camera saw in an episode, and the number of its first frame there."""
        episode = self.episodes[index]
        if key not in self.image_keys:
            raise InputError(f"{self.path}: no camera {key!r}; the dataset has {', '.join(self.image_keys) or 'none'}")
        number = _file_number(episode, f"videos/{key}")
        path = self.path / numbered(self._info["video_path"], number, video_key=key)
        return path, round(episode.row[f"videos/{key}/from_timestamp"] * self.fps)

    def _check_info(self, info: dict[str, Any]) -> None:
        path = self.path / INFO_PATH
        if info.get("codebase_version") != CODEBASE_VERSION:
            found = info.get("codebase_version")
            raise InputError(f"{path}: codebase_version {shown(found)}, expected {CODEBASE_VERSION!r}")
        for key, kind in (("fps", int | float), ("total_episodes", int), ("total_frames", int), ("data_path", str)):
            if not isinstance(info.get(key), kind):
                raise InputError(f"{path}: {key} is {shown(info.get(key))}, expected {getattr(kind, '__name__', kind)}")
        check_template(info["data_path"], ("chunk_index", "file_index"), f"{path}: data_path")
        if info.get("video_path") is not None:
            check_template(info["video_path"], ("chunk_index", "file_index", "video_key"), f"{path}: video_path")
        described = info.get("features")
        complete = isinstance(described, dict) and all(
            isinstance(feature, dict) and isinstance(feature.get("dtype"), str) and _is_shape(feature.get("shape"))
            for feature in described.values()
        )
        if not complete or not BOOKKEEPING.keys() <= info["features"].keys():
            raise InputError(f"{path}: features must describe dtype and shape of {', '.join(BOOKKEEPING)} and the data")
        if info.get("video_path") is None and any(each["dtype"] == "video" for each in info["features"].values()):
            raise InputError(f"{path}: video_path: found none, expected where the videos of its features lie")
        outside = [name for name in info["features"] if not is_inside(name) or "/" in name]
        if outside:
            raise InputError(f"{path}: features: found {shown(outside[0])}, expected names that are no paths")

    def _read_episodes(self, total: int) -> list[Demonstration]:
        episodes: list[Demonstration] = []
        number, frame = 0, 0
        while len(episodes) < total:
            path = self.path / numbered(EPISODES_PATH, number)
            table = read_table(path)
            check_episodes(table, self.image_keys, path)
            kept = [name for name in table.column_names if not name.startswith("stats/")]
            for row in table.select(kept).to_pylist():
                start, stop = row["dataset_from_index"], row["dataset_to_index"]
                if row["episode_index"] != len(episodes) or start != frame or stop < start:
                    raise InputError(
                        f"{path}: episode {len(episodes)} with frames from {frame} expected, found {shown(row)}"
                    )
                task = next(iter(row["tasks"] or ()), "")
                episodes.append(Demonstration(row["episode_index"], task, start, stop, row))
                frame = stop
            number += 1
        if len(episodes) != total or frame != self.num_frames:
            raise InputError(
                f"{self.path}: {len(episodes)} episodes with {frame} frames found, "
                f"but {INFO_PATH} says {total} with {self.num_frames}"
            )
        return episodes


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(size, int) and size >= 0 for size in value)


def _file_number(episode: Demonstration, prefix: str) -> int:
    return FILES_PER_CHUNK * int(episode.row[f"{prefix}/chunk_index"]) + int(episode.row[f"{prefix}/file_index"])
