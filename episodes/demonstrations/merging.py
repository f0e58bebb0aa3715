"""Joins datasets with all that LeRobot's own merge leaves behind: object clouds, descriptions, the record of the run.

Videos are copied as they are. The frames are written anew in the layout of today, so that a merge of one dataset brings
one of an earlier version, or one that LeRobot's tools have cut, up to date.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.demonstrations.card import write_card
from leo_agent.episodes.demonstrations.clouds import CloudSet, frame_digests
from leo_agent.episodes.demonstrations.reader import Dataset, Demonstration
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    BOOKKEEPING,
    CLOUDS_PATH,
    DATA_PATH,
    EPISODES_PATH,
    EXPERT_ACTION,
    FILES_PER_CHUNK,
    FRAMES_PER_FILE,
    INFO_PATH,
    OBJECTS,
    OBJECTS_DIGEST,
    ORDER,
    STATS_PATH,
    TASKS_PATH,
    VIDEO_PATH,
    Column,
    column_feature,
    new_info,
    numbered,
)
from leo_agent.episodes.demonstrations.statistics import (
    ImageStatistics,
    Statistics,
    merge_all,
    statistics_columns,
    vector_statistics,
)
from leo_agent.episodes.demonstrations.tables import column_array, rows_table, tasks_table, write_table
from leo_agent.episodes.run_folder import CONFIG_FILE, EPISODES_FILE, write_json


def merge_datasets(sources: Sequence[str | Path], out: str | Path) -> Dataset:
    """Writes the episodes of all sources, in their order, into one new dataset.

    Args:
        sources: folders of datasets with object clouds, of one world and with the same cameras.
        out: new or empty folder; it appears whole, or not at all.

    Returns:
        The dataset, whose clouds have been checked.

    Raises:
        InputError: a source is no such dataset, or differs from the first in a column; `out` holds something, or lies
            in a source.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"out: found {out}, which exists already, expected a new or empty folder")
    inside = [source for source in sources if Path(source).resolve() in out.resolve().parents]
    if inside:
        raise InputError(f"out: found {out}, which lies in the source {inside[0]}, expected a folder of its own")
    datasets = [Dataset(source) for source in sources]
    merged_features = _common_features(datasets)
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        aside.mkdir(parents=True)
        descriptions = {name for dataset in datasets for each in dataset.episodes for name in each.row}
        merger = _Merger(aside, merged_features, datasets[0].fps, descriptions)
        for dataset in datasets:
            merger.add(dataset)
        merger.finish(datasets)
        _ = Dataset(aside).clouds
        if out.exists():
            out.rmdir()
        aside.rename(out)
    except OSError as problem:
        raise InputError(f"out: {out} cannot be written ({problem})") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Dataset(out)


def _common_features(datasets: Sequence[Dataset]) -> dict[str, dict[str, Any]]:
    """The features of the merged dataset: those of the first, in today's layout."""
    described = [_features_of_today(dataset) for dataset in datasets]
    first = described[0]
    for dataset, features in zip(datasets[1:], described[1:], strict=True):
        where = f"{dataset.path}: cannot be merged with {datasets[0].path}"
        if dataset.fps != datasets[0].fps:
            raise InputError(f"{where}: fps is {dataset.fps}, there {datasets[0].fps}")
        if features.keys() != first.keys():
            name = min(features.keys() ^ first.keys())
            raise InputError(f"{where}: only one of them has the column {name}")
        for name, feature in features.items():
            found, expected = ((each["dtype"], each["shape"], each.get("names")) for each in (feature, first[name]))
            if found != expected:
                raise InputError(f"{where}: {name} is {found[0]} {found[1]}, there {expected[0]} {expected[1]}")
    return first


def _features_of_today(dataset: Dataset) -> dict[str, dict[str, Any]]:
    missing = [name for name in (OBJECTS, ACTION) if name not in dataset.features]
    if missing:
        raise InputError(
            f"{dataset.path}: has no object clouds: the columns {', '.join(missing)} are missing; LeRobot's "
            "lerobot-edit-dataset merges datasets without them"
        )
    names = list(dataset.embodiment.action_names)
    vector = dataset.embodiment.to_vector(dataset.embodiment.done_action())
    features = dict(dataset.features)
    for name in (ACTION, EXPERT_ACTION):
        if name in features:
            features[name] = column_feature(Column(str(vector.dtype), vector.shape), names)
    return {**features, OBJECTS_DIGEST: column_feature(Column("int64", (1,)))}


@dataclass(frozen=True)
class _Source:
    """A dataset on its way into the merged one."""

    dataset: Dataset
    columns: Mapping[str, np.ndarray]  # of all its frames, as the merged dataset has them, but for their numbers
    videos: Mapping[str, Mapping[Path, int]]  # camera -> file -> its number in the merged dataset


class _Merger:
    """A dataset that is written source by source."""

    def __init__(
        self, path: Path, features: dict[str, dict[str, Any]], fps: float, episode_columns: Iterable[str]
    ) -> None:
        self._path, self._features = path, features
        # Descriptions of episodes; all files of the episode table have the same columns, as LeRobot needs it.
        self._descriptions = sorted(name for name in episode_columns if name.startswith("leo/") and name != ORDER)
        self._info = new_info(features, fps)
        self._tasks: list[str] = []
        self._clouds = CloudSet()
        self._statistics: list[dict[str, Statistics]] = []
        self._num_files = 0
        self._num_videos = dict.fromkeys(self._image_keys, 0)

    @property
    def _image_keys(self) -> list[str]:
        return [name for name, feature in self._features.items() if feature["dtype"] == "video"]

    def add(self, dataset: Dataset) -> None:
        """Appends all episodes of a source."""
        videos = {key: self._copy_videos(dataset, key) for key in self._image_keys}
        source = _Source(dataset, self._columns(dataset), videos)
        with tqdm(total=dataset.num_episodes, desc=f"episodes of {dataset.path.name}", unit="episode") as progress:
            for episodes in _groups(dataset.episodes):
                self._write_group(source, episodes)
                progress.update(len(episodes))

    def finish(self, sources: Sequence[Dataset]) -> None:
        """Writes what describes the whole; info.json last."""
        write_table(tasks_table(self._tasks), self._path / TASKS_PATH)
        write_json(self._path / STATS_PATH, merge_all(self._statistics))
        write_card(self._path)
        logs = [source.path / EPISODES_FILE for source in sources]
        with open(self._path / EPISODES_FILE, "wb") as file:
            for log in filter(Path.is_file, logs):
                file.write(log.read_bytes())
        runs = [_run_of(source) for source in sources]
        write_json(self._path / CONFIG_FILE, {"run": {"merged": runs}})
        self._info["total_tasks"] = len(self._tasks)
        self._info["splits"] = {"train": f"0:{self._info['total_episodes']}"}
        write_json(self._path / INFO_PATH, self._info)

    def _columns(self, dataset: Dataset) -> dict[str, np.ndarray]:
        """The frames of a source; its tasks and clouds become known on the way."""
        columns, clouds = dict(dataset.frames()), dataset.clouds
        body = dataset.embodiment
        for name in (ACTION, EXPERT_ACTION):
            if name in columns:
                vectors = columns[name].reshape(dataset.num_frames, -1)
                columns[name] = np.array([body.to_vector(body.from_vector(vector)) for vector in vectors])
        rows = columns[OBJECTS].reshape(dataset.num_frames, -1)
        columns[OBJECTS_DIGEST] = frame_digests(rows, clouds.hashes)
        known = zip(clouds.xyz, clouds.rgb, clouds.hashes, strict=True)
        columns[OBJECTS] = np.array([*(self._clouds.add(*cloud) for cloud in known), -1], np.int64)[rows]
        texts = list(dict.fromkeys(dataset.tasks[number] for number in columns["task_index"].tolist()))
        self._tasks += [text for text in texts if text not in self._tasks]
        number_of = {number: self._tasks.index(text) for number, text in dataset.tasks.items() if text in texts}
        columns["task_index"] = np.array([number_of[number] for number in columns["task_index"].tolist()])
        return columns

    def _copy_videos(self, dataset: Dataset, key: str) -> dict[Path, int]:
        """Copies the videos of a camera; returns the new number of each file."""
        number_of: dict[Path, int] = {}
        for episode in dataset.episodes:
            path, _ = dataset.video_of(key, episode.index)
            if path not in number_of:
                number_of[path] = number = self._num_videos[key]
                self._num_videos[key] = number + 1
                target = self._path / numbered(VIDEO_PATH, number, video_key=key)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return number_of

    def _write_group(self, source: _Source, episodes: Sequence[Demonstration]) -> None:
        """One file of frames, with that of its episodes and of the clouds that are new."""
        start, stop = episodes[0].start, episodes[-1].stop
        shift = self._info["total_frames"] - start
        part = {name: values[start:stop] for name, values in source.columns.items()}
        part["index"] = np.arange(start + shift, stop + shift)
        part["episode_index"] = part["episode_index"] + (self._info["total_episodes"] - episodes[0].index)
        arrays = {name: column_array(values) for name, values in part.items()}
        write_table(pa.table(arrays), self._path / numbered(DATA_PATH, self._num_files))
        self._clouds.write_new(self._path / numbered(CLOUDS_PATH, self._num_files))
        rows = [self._row(source, episode, shift) for episode in episodes]
        texts = dict.fromkeys(self._descriptions, pa.string())
        write_table(rows_table(rows, texts), self._path / numbered(EPISODES_PATH, self._num_files))
        self._num_files += 1
        self._info["total_frames"] += stop - start
        self._info["total_episodes"] += len(episodes)

    def _row(self, source: _Source, episode: Demonstration, shift: int) -> dict[str, Any]:
        """An episode's row of the episode table, with its statistics, which are made anew."""
        number = len(self._statistics)
        chunk, file = divmod(self._num_files, FILES_PER_CHUNK)
        span = slice(episode.start, episode.stop)
        texts = [self._tasks[task] for task in source.columns["task_index"][span].tolist()]
        row: dict[str, Any] = {
            "episode_index": number,
            "tasks": list(dict.fromkeys(texts)),
            "length": episode.length,
            "dataset_from_index": episode.start + shift,
            "dataset_to_index": episode.stop + shift,
            "data/chunk_index": chunk,
            "data/file_index": file,
            "meta/episodes/chunk_index": chunk,
            "meta/episodes/file_index": file,
        }
        for key, number_of in source.videos.items():
            path, _ = source.dataset.video_of(key, episode.index)
            places = divmod(number_of[path], FILES_PER_CHUNK)
            row[f"videos/{key}/chunk_index"], row[f"videos/{key}/file_index"] = places
            for end in ("from_timestamp", "to_timestamp"):
                row[f"videos/{key}/{end}"] = episode.row[f"videos/{key}/{end}"]
        row.update({name: episode.row.get(name) for name in self._descriptions})
        row[ORDER] = number
        statistics = {
            name: vector_statistics(values[span])
            for name, values in source.columns.items()
            if name not in BOOKKEEPING and values.dtype != object
        }
        for key in source.videos:
            counted = ImageStatistics()
            for picture in source.dataset.images(key, episode.index):
                counted.add(picture)
            statistics[key] = counted.result()
        self._statistics.append(statistics)
        return {**row, **statistics_columns(statistics)}


def _groups(episodes: Sequence[Demonstration]) -> Iterator[list[Demonstration]]:
    """Episodes in a row, as many as one file holds."""
    group: list[Demonstration] = []
    for episode in episodes:
        if group and episode.stop - group[0].start > FRAMES_PER_FILE:
            yield group
            group = []
        group.append(episode)
    if group:
        yield group


def _run_of(source: Dataset) -> dict[str, Any]:
    """What the source says of the run that made it."""
    path = source.path / CONFIG_FILE
    return {"dataset": source.path.name, **(read_json_object(path) if path.is_file() else {})}
