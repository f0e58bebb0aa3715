"""A dataset of many houses out of a small one: its episodes, clouds and videos again for every house, moved apart."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.demonstrations.clouds import CloudSet, frame_digests
from leo_agent.episodes.demonstrations.reader import Dataset, Demonstration
from leo_agent.episodes.demonstrations.schema import (
    CLOUDS_PATH,
    DATA_PATH,
    EPISODES_PATH,
    FILES_PER_CHUNK,
    FRAMES_PER_FILE,
    INFO_PATH,
    OBJECT_BOXES,
    OBJECTS,
    OBJECTS_DIGEST,
    STATE,
    TASKS_PATH,
    VIDEO_PATH,
    numbered,
)
from leo_agent.episodes.demonstrations.tables import column_array, rows_table, write_table
from leo_agent.episodes.run_folder import write_json

HOUSE_WIDTH_M = 100.0


class ManyHouses:
    """Writes it.

    Args:
        source: a dataset of one house.
        folder: of the new one.
    """

    def __init__(self, source: Dataset, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._frames = source.frames()
        self._clouds = CloudSet()
        self._rows: list[dict[str, Any]] = []
        self._columns: list[dict[str, np.ndarray]] = []
        self._num_frames = self._num_files = 0

    def write(self, houses: int, episodes: int) -> Dataset:
        """So many episodes in each of so many houses."""
        for house in range(houses):
            self._add_house(house, [self._source.episodes[n % self._source.num_episodes] for n in range(episodes)])
            if sum(len(each["index"]) for each in self._columns) > FRAMES_PER_FILE:
                self._flush()
        self._flush()
        self._clouds.write_new(self._folder / numbered(CLOUDS_PATH, 0))
        shutil.copy(self._source.path / TASKS_PATH, self._folder / TASKS_PATH)
        info = read_json_object(self._source.path / INFO_PATH)
        info |= {"total_episodes": houses * episodes, "total_frames": self._num_frames}
        write_json(self._folder / INFO_PATH, info)
        return Dataset(self._folder)

    def _add_house(self, house: int, episodes: list[Demonstration]) -> None:
        moved = np.array([HOUSE_WIDTH_M * house, 0, 0], np.float32)
        table = self._source.clouds
        rows_of = np.array([self._clouds.add(xyz + moved, rgb) for xyz, rgb in zip(table.xyz, table.rgb, strict=True)])
        for key in self._source.image_keys:
            path, _ = self._source.video_of(key, 0)
            place = self._folder / numbered(VIDEO_PATH, house, video_key=key)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        for given in episodes:
            self._add_episode(given, house, rows_of, moved)

    def _add_episode(self, given: Demonstration, house: int, rows_of: np.ndarray, moved: np.ndarray) -> None:
        columns = {name: each[given.start : given.stop].copy() for name, each in self._frames.items()}
        shown = columns[OBJECTS] >= 0
        columns[OBJECTS] = np.where(shown, rows_of[columns[OBJECTS]], -1)
        boxes = columns[OBJECT_BOXES].reshape(given.length, -1, 6)
        boxes[..., :3] += moved * shown[..., None]
        columns[STATE][:, :3] += moved
        columns["episode_index"][:] = len(self._rows)
        columns["index"] = np.arange(self._num_frames, self._num_frames + given.length)
        place = {
            "episode_index": len(self._rows),
            "dataset_from_index": self._num_frames,
            "dataset_to_index": self._num_frames + given.length,
            "leo/order": len(self._rows),
            "leo/scene": f"house_{house:04d}",
        }
        for part, number in {"data": self._num_files, "meta/episodes": self._num_files}.items():
            place |= {f"{part}/chunk_index": number // FILES_PER_CHUNK, f"{part}/file_index": number % FILES_PER_CHUNK}
        for key in self._source.image_keys:
            chunk, file = divmod(house, FILES_PER_CHUNK)
            place |= {f"videos/{key}/chunk_index": chunk, f"videos/{key}/file_index": file}
        self._rows.append({**given.row, **place})
        self._columns.append(columns)
        self._num_frames += given.length

    def _flush(self) -> None:
        """Writes what has come together as a file of frames and one of episodes."""
        if not self._columns:
            return
        columns = {name: np.concatenate([each[name] for each in self._columns]) for name in self._columns[0]}
        columns[OBJECTS_DIGEST] = frame_digests(columns[OBJECTS], self._clouds.hashes)
        arrays = {name: column_array(each) for name, each in columns.items()}
        write_table(pa.table(arrays), self._folder / numbered(DATA_PATH, self._num_files))
        texts = {name: pa.string() for name in self._rows[0] if name.startswith("leo/") and name != "leo/order"}
        waiting = self._rows[-len(self._columns) :]
        write_table(rows_table(waiting, texts), self._folder / numbered(EPISODES_PATH, self._num_files))
        self._columns, self._num_files = [], self._num_files + 1
