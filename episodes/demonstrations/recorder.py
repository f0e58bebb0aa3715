"""Records a demonstration while its episode runs; it becomes a folder of its own once it is complete."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.contract.files import writing
from leo_agent.contract.handles import NotCopyable
from leo_agent.episodes.demonstrations.clouds import CloudSet, frame_digests
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    BOOKKEEPING,
    EXPERT_ACTION,
    FPS,
    IMAGE_COLUMNS,
    OBJECT_BOXES,
    OBJECT_IDS,
    OBJECTS,
    OBJECTS_DIGEST,
    STAGING_DIR,
    STATE,
    VECTOR_COLUMNS,
    Column,
    frame_columns,
)
from leo_agent.episodes.demonstrations.statistics import ImageStatistics, Statistics, vector_statistics
from leo_agent.episodes.demonstrations.tables import column_array, write_table
from leo_agent.episodes.demonstrations.video import VideoWriter
from leo_agent.episodes.run_folder import write_json

FRAMES_FILE, CLOUDS_FILE, EPISODE_FILE = "frames.parquet", "clouds.parquet", "episode.json"


class DemonstrationRecorder(NotCopyable):
    """One demonstration of a dataset.

    Args:
        dataset: the dataset's folder; episodes wait in `.staging` below it until the writer takes them in.
        order: place of the episode in the plan of the collection; also its place in the dataset.
        embodiment: the body that acts, whose action vector is stored.
    """

    instead = "it holds files that are being written; make another for another order"

    def __init__(self, dataset: str | Path, order: int, embodiment: Embodiment):
        self._embodiment = embodiment
        self.order = order
        self.folder = staged_folder(Path(dataset), order)
        self._aside = self.folder.with_name(f".{self.folder.name}")
        shutil.rmtree(self._aside, ignore_errors=True)
        with writing(self._aside):
            self._aside.mkdir(parents=True)
        self._videos: dict[str, VideoWriter] = {}
        self._image_shapes: dict[str, tuple[int, ...]] = {}
        self._image_statistics: dict[str, ImageStatistics] = {}  # of each camera
        self._columns: dict[str, Column] = {}
        self._values: dict[str, list[np.ndarray]] = {}
        self._instructions: list[str] = []
        self._clouds = CloudSet()
        self._last_points: tuple[Any, Any, np.ndarray] | None = None

    @property
    def num_frames(self) -> int:
        """Frames added so far."""
        return len(self._values.get(ACTION, ()))

    def add(
        self,
        observation: Mapping[str, Any],
        action: Any,
        expert_action: Any,
        reward: float,
        done: bool,
        success: bool,
    ) -> None:
        """Adds one frame.

        Args:
            observation: what was seen, with the keys of the contract.
            action: what was executed then.
            expert_action: what the expert would have done; the label.
            reward: of that step.
            done: whether the episode ended with it.
            success: whether it ended in success.

        Raises:
            InputError: an action is none of the embodiment's, or columns or shapes are not those of the frame before.
        """
        executed, label = self._embodiment.to_vector(action), self._embodiment.to_vector(expert_action)
        columns = frame_columns(observation, executed)
        if self._columns and columns != self._columns:
            raise InputError(f"{self.folder}: a frame has other columns or shapes than the one before")
        self._columns = columns
        values: dict[str, Any] = {
            STATE: np.concatenate([observation["agent_position"], observation["agent_rotation"]]),
            **{name: observation[key] for key, name in VECTOR_COLUMNS.items() if key in observation},
            ACTION: executed,
            EXPERT_ACTION: label,
            OBJECTS: self._object_rows(observation["object_points"], observation["object_mask"]),
            OBJECT_IDS: np.where(observation["object_mask"], observation["object_ids"], -1),
            OBJECT_BOXES: np.asarray(observation["object_boxes"]).reshape(-1),
            "next.reward": reward,
            "next.done": done,
            "next.success": success,
        }
        for name, value in values.items():
            column = columns[name]
            self._values.setdefault(name, []).append(np.array(value, dtype=column.dtype).reshape(column.shape))
        self._instructions.append(str(observation["instruction"]))
        for key, name in IMAGE_COLUMNS.items():
            if key in observation:
                self._add_image(name, observation[key])

    def commit(self, description: Mapping[str, Any]) -> Path:
        """Completes the episode; returns its folder, which has its name from now on.

        Args:
            description: what else is recorded of the episode in the dataset's episode table, flat and JSON-able.

        Raises:
            InputError: no frame was added.
        """
        if not self.num_frames:
            raise InputError(f"{self.folder}: an episode needs at least one frame")
        arrays = {name: np.stack(values) for name, values in self._values.items()}
        arrays[OBJECTS_DIGEST] = frame_digests(arrays[OBJECTS], self._clouds.hashes)
        arrays["frame_index"] = np.arange(self.num_frames, dtype=np.int64)
        arrays["timestamp"] = (arrays["frame_index"] / FPS).astype(np.float32)
        write_table(pa.table({name: column_array(values) for name, values in arrays.items()}), self._path(FRAMES_FILE))
        self._clouds.write_new(self._path(CLOUDS_FILE))
        for video in self._videos.values():
            video.close()
        staged = {
            "order": self.order,
            "instructions": self._instructions,
            "action_names": self._embodiment.action_names,
            "length": self.num_frames,
            "columns": {name: {"dtype": column.dtype, "shape": column.shape} for name, column in self._columns.items()},
            "images": self._image_shapes,
            "statistics": self._statistics(arrays),
            "description": dict(description),
        }
        write_json(self._path(EPISODE_FILE), staged, indent=None)  # a tenth of the time; nobody reads it but the writer
        shutil.rmtree(self.folder, ignore_errors=True)
        with writing(self.folder):
            self._aside.rename(self.folder)
        return self.folder

    def discard(self) -> None:
        """Drops what was recorded."""
        for video in self._videos.values():
            video.discard()
        shutil.rmtree(self._aside, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._aside / name

    def _add_image(self, name: str, image: np.ndarray) -> None:
        if name not in self._videos:
            self._videos[name] = VideoWriter(self._path(f"{name}.mp4"), FPS)
        self._videos[name].add(image)
        self._image_shapes[name] = _even(image.shape)
        self._image_statistics.setdefault(name, ImageStatistics()).add(image)

    def _object_rows(self, points: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Row of each object's cloud among the episode's, -1 in empty slots; unchanged arrays are not read again."""
        last = self._last_points
        if last is None or last[0] is not points or last[1] is not mask:
            rows = [self._clouds.add_points(cloud) if given else -1 for cloud, given in zip(points, mask, strict=True)]
            last = self._last_points = (points, mask, np.array(rows, dtype=np.int64))
        return last[2]

    def _statistics(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Statistics]:
        vectors = {name: vector_statistics(arrays[name]) for name in self._columns if name not in BOOKKEEPING}
        return {**vectors, **{name: counted.result() for name, counted in self._image_statistics.items()}}


def _even(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[0] // 2 * 2, shape[1] // 2 * 2, shape[2]


def staged_folder(dataset: Path, order: int) -> Path:
    """Where a complete episode waits for the writer."""
    return dataset / STAGING_DIR / f"episode-{order:08d}"


@contextmanager
def reading_staged() -> Iterator[None]:
    """Whatever cannot be read of an episode that waits can be recorded again."""
    try:
        yield
    except InputError as problem:
        raise InputError(f"{problem}; remove its folder to have the episode recorded again") from None
