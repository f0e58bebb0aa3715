"""Takes recorded episodes into a dataset in the LeRobot v3 layout, many episodes a file."""

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import remove_left_over, writing
from leo_agent.contract.handles import NotCopyable
from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.demonstrations.card import write_card
from leo_agent.episodes.demonstrations.clouds import CloudSet, CloudTable
from leo_agent.episodes.demonstrations.recorder import (
    CLOUDS_FILE,
    EPISODE_FILE,
    FRAMES_FILE,
    reading_staged,
    staged_folder,
)
from leo_agent.episodes.demonstrations.schema import (
    CLOUDS_PATH,
    CODEBASE_VERSION,
    DATA_PATH,
    EPISODES_PATH,
    FILES_PER_CHUNK,
    FPS,
    FRAMES_PER_FILE,
    INFO_PATH,
    OBJECTS,
    ORDER,
    STAGING_DIR,
    STATS_PATH,
    TASKS_PATH,
    VIDEO_PATH,
    Column,
    features,
    new_info,
    numbered,
)
from leo_agent.episodes.demonstrations.statistics import (
    Statistics,
    as_statistics,
    merge_all,
    statistics_columns,
    statistics_of_rows,
    vector_statistics,
)
from leo_agent.episodes.demonstrations.tables import (
    column_array,
    column_values,
    read_table,
    read_tasks,
    rows_table,
    tasks_table,
    write_table,
)
from leo_agent.episodes.demonstrations.video import join_videos
from leo_agent.episodes.run_folder import write_json

_Staged = tuple[Path, dict[str, Any]]  # folder and description of an episode that waits


class DatasetWriter(NotCopyable):
    """A dataset that grows.

    Finished episodes wait in `.staging`, each complete; `flush` moves them into numbered files. meta/info.json is
    written last and says how many episodes are in, so that after a crash at any moment the dataset is whole, and the
    next writer continues: it removes files that info.json does not count and takes in the episodes that wait.

    Args:
        path: folder of the dataset, made if it does not exist.

    Raises:
        InputError: the folder holds a dataset of another layout, or one that is damaged.
    """

    instead = "it alone may write its folder; make another when it is closed"

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._info: dict[str, Any] | None = None
        self._tasks: list[str] = []
        self._statistics: list[dict[str, Statistics]] = []  # of every episode
        self._num_files = 0
        self._clouds = CloudSet()
        self.orders: set[int] = set()
        with writing(self.path):
            (self.path / STAGING_DIR).mkdir(parents=True, exist_ok=True)
        if (self.path / INFO_PATH).exists():
            self._load()
        self._clean()

    @property
    def num_episodes(self) -> int:
        """Episodes that are in the numbered files."""
        return int(self._info["total_episodes"]) if self._info else 0

    def waiting(self) -> list[int]:
        """Orders of the episodes that wait to be taken in, ascending."""
        return sorted(int(folder.name.removeprefix("episode-")) for folder in self._staged())

    def flush(self, orders: Collection[int] | None = None) -> int:
        """Takes waiting episodes in, in ascending order; returns their number.

        Args:
            orders: only these; None for all that wait.
        """
        chosen = [order for order in self.waiting() if orders is None or order in orders]
        batch: list[_Staged] = []
        frames = 0
        for order in chosen:
            folder = staged_folder(self.path, order)
            with reading_staged():
                episode = read_json_object(folder / EPISODE_FILE, "a recorded episode")
            if "action_names" not in episode:
                raise InputError(f"{folder}: recorded by an earlier version; remove it to have it recorded again")
            if batch and frames + episode["length"] > FRAMES_PER_FILE:
                self._take_in(batch)
                batch, frames = [], 0
            batch.append((folder, episode))
            frames += episode["length"]
        if batch:
            self._take_in(batch)
        return len(chosen)

    def discard(self, order: int) -> None:
        """Drops a waiting episode."""
        shutil.rmtree(staged_folder(self.path, order), ignore_errors=True)

    def close(self, orders: Collection[int] | None = None) -> None:
        """Takes in these of the waiting episodes (None: all) and drops the others."""
        self.flush(orders)
        for order in self.waiting():
            self.discard(order)
        staging = self.path / STAGING_DIR
        if staging.is_dir() and not any(staging.iterdir()):
            staging.rmdir()

    def _staged(self) -> list[Path]:
        return list((self.path / STAGING_DIR).glob("episode-*"))

    def _load(self) -> None:
        info = read_json_object(self.path / INFO_PATH, "the description of a dataset")
        if info.get("codebase_version") != CODEBASE_VERSION:
            found = info.get("codebase_version")
            raise InputError(f"{self.path / INFO_PATH}: codebase_version {shown(found)}, expected {CODEBASE_VERSION!r}")
        self._info = info
        while len(self.orders) < info["total_episodes"]:
            path = self.path / numbered(EPISODES_PATH, self._num_files)
            table = read_table(path)
            if ORDER not in table.column_names:
                raise InputError(
                    f"{path}: another tool has written it; collect into a new folder, and join both with "
                    "'leo-agent data merge'"
                )
            self.orders.update(table.column(ORDER).to_pylist())
            self._statistics += statistics_of_rows(table)
            self._num_files += 1
        self._tasks = list(read_tasks(self.path / TASKS_PATH).values())[: info["total_tasks"]]
        paths = [self.path / numbered(CLOUDS_PATH, number) for number in range(self._num_files)]
        self._clouds = CloudSet(CloudTable([path for path in paths if path.exists()]).hashes)

    def _clean(self) -> None:
        """Removes what a crash left: unfinished episodes, uncounted files, episodes that are in already."""
        remove_left_over(self.path)
        for folder in (self.path / STAGING_DIR).glob(".episode-*"):
            shutil.rmtree(folder)
        for order in self.orders.intersection(self.waiting()):
            self.discard(order)
        for part in ("data", "videos", "clouds", "meta/episodes"):
            for file in (self.path / part).rglob("file-*"):
                chunk = int(file.parent.name.removeprefix("chunk-"))
                if chunk * FILES_PER_CHUNK + int(file.stem.removeprefix("file-")) >= self._num_files:
                    file.unlink()

    def _take_in(self, staged: Sequence[_Staged]) -> None:
        info = self._info_for(staged[0][1])
        for folder, episode in staged:
            if self._described_features(episode) != info["features"]:
                raise InputError(f"{folder}: other columns or image sizes than the dataset {self.path} has")
        number, first_frame = self._num_files, info["total_frames"]
        lengths = [episode["length"] for _, episode in staged]
        write_table(self._frames(staged, info), self.path / numbered(DATA_PATH, number))
        self._clouds.write_new(self.path / numbered(CLOUDS_PATH, number))
        video_keys = list(staged[0][1]["images"])
        for key in video_keys:
            sources = [folder / f"{key}.mp4" for folder, _ in staged]
            target = self.path / numbered(VIDEO_PATH, number, video_key=key)
            with writing(target), reading_staged():
                join_videos(sources, lengths, FPS, target)
        rows, file_frame = [], 0
        for offset, (_, episode) in enumerate(staged):
            place = _Place(info["total_episodes"] + offset, number, first_frame + file_frame, file_frame)
            rows.append(_episode_row(episode, place, video_keys))
            file_frame += episode["length"]
        types = {name: pa.string() for name in rows[0] if name.startswith("leo/") and name != ORDER}
        write_table(tasks_table(self._tasks), self.path / TASKS_PATH)
        write_table(rows_table(rows, types), self.path / numbered(EPISODES_PATH, number))
        self._statistics += [as_statistics(episode["statistics"]) for _, episode in staged]
        write_json(self.path / STATS_PATH, merge_all(self._statistics))
        write_card(self.path)
        info.update(
            total_episodes=info["total_episodes"] + len(staged),
            total_frames=first_frame + file_frame,
            total_tasks=len(self._tasks),
        )
        info["splits"] = {"train": f"0:{info['total_episodes']}"}
        write_json(self.path / INFO_PATH, info)
        self._info, self._num_files = info, number + 1
        for folder, episode in staged:
            self.orders.add(episode["order"])
            shutil.rmtree(folder)

    def _info_for(self, episode: Mapping[str, Any]) -> dict[str, Any]:
        """info.json of this dataset; of a new one with the columns of this first episode."""
        if self._info is not None:
            return dict(self._info)
        return new_info(self._described_features(episode))

    def _described_features(self, episode: Mapping[str, Any]) -> dict[str, Any]:
        columns = {name: Column(given["dtype"], tuple(given["shape"])) for name, given in episode["columns"].items()}
        images = {name: tuple(shape) for name, shape in episode["images"].items()}
        return features(columns, images, episode["action_names"])

    def _frames(self, staged: Sequence[_Staged], info: Mapping[str, Any]) -> pa.Table:
        """The frames of these episodes with their numbers in the dataset; tasks and clouds become known on the way."""
        tables, index = [], info["total_frames"]
        for offset, (folder, episode) in enumerate(staged):
            length = episode["length"]
            with reading_staged():
                table = read_table(folder / FRAMES_FILE)
                if table.num_rows != length:
                    raise InputError(f"{folder / FRAMES_FILE}: found {table.num_rows} rows, expected {length}")
            self._tasks += [text for text in dict.fromkeys(episode["instructions"]) if text not in self._tasks]
            numbers = {
                "episode_index": np.full(length, info["total_episodes"] + offset),
                "index": np.arange(index, index + length),
                "task_index": np.array([self._tasks.index(text) for text in episode["instructions"]]),
            }
            for name, values in numbers.items():
                table = table.append_column(name, column_array(values.astype(np.int64)))
            place = table.column_names.index(OBJECTS)
            local = column_values(table.column(OBJECTS)).reshape(length, -1)
            rows = self._global_rows(folder, local)
            episode["statistics"][OBJECTS] = vector_statistics(rows)
            table = table.set_column(place, OBJECTS, column_array(rows))
            tables.append(table)
            index += length
        return pa.concat_tables(tables)

    def _global_rows(self, folder: Path, local: np.ndarray) -> np.ndarray:
        """Rows of the dataset's cloud table for rows of the episode's own; -1 stays."""
        if (local < 0).all():  # an episode without objects has no clouds
            return local
        with reading_staged():
            own = CloudTable([folder / CLOUDS_FILE])
        rows = [self._clouds.add(own.xyz[row], own.rgb[row], name) for row, name in enumerate(own.hashes)]
        rows_of_dataset: np.ndarray = np.array([*rows, -1], dtype=np.int64)[local]
        return rows_of_dataset


@dataclass(frozen=True)
class _Place:
    """Where an episode lies."""

    episode_index: int
    file_number: int
    first_frame: int  # in the dataset
    first_frame_in_file: int


def _episode_row(episode: Mapping[str, Any], place: _Place, video_keys: Sequence[str]) -> dict[str, Any]:
    chunk, file = divmod(place.file_number, FILES_PER_CHUNK)
    length = episode["length"]
    row: dict[str, Any] = {
        "episode_index": place.episode_index,
        "tasks": list(dict.fromkeys(episode["instructions"])),
        "length": length,
        "dataset_from_index": place.first_frame,
        "dataset_to_index": place.first_frame + length,
        "data/chunk_index": chunk,
        "data/file_index": file,
        "meta/episodes/chunk_index": chunk,
        "meta/episodes/file_index": file,
    }
    for key in video_keys:
        row[f"videos/{key}/chunk_index"], row[f"videos/{key}/file_index"] = chunk, file
        row[f"videos/{key}/from_timestamp"] = place.first_frame_in_file / FPS
        row[f"videos/{key}/to_timestamp"] = (place.first_frame_in_file + length) / FPS
    row[ORDER] = episode["order"]
    for name, value in episode["description"].items():
        row[f"leo/{name}"] = value if value is None or isinstance(value, str) else json.dumps(value)
    row.update(statistics_columns(as_statistics(episode["statistics"])))
    return row
