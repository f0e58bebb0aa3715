"""Reads the frames of one episode at a time: table rows, and what its camera saw, in the size that the model takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import (
    ACTION,
    EXPERT_ACTION,
    IMAGE_COLUMNS,
    OBJECT_BOXES,
    OBJECT_IDS,
    OBJECTS,
    STATE,
)
from leo_agent.episodes.demonstrations.video import VideoReader
from leo_agent.policies.leo.model.image_encoder import resize_image
from leo_agent.train.samples.order import HOUSES

OPEN_VIDEOS = 2 * HOUSES  # of each house of a block may lie in a file of its own
COLUMNS = (ACTION, EXPERT_ACTION, OBJECTS, OBJECT_BOXES, OBJECT_IDS, STATE)


@dataclass(frozen=True, eq=False)
class Frames:
    """Consecutive frames of one episode, from its first on."""

    columns: Mapping[str, np.ndarray]  # (T, …) each of COLUMNS, and task_index
    images: np.ndarray | None  # (T, size, size, 3) uint8
    image_features: np.ndarray | None = None  # (T, variants, D) in place of the images, see `frozen_features`

    @property
    def num_bytes(self) -> int:
        arrays = [*self.columns.values(), self.images, self.image_features]
        return sum(each.nbytes for each in arrays if each is not None)


class EpisodeReader:
    """Reads the episodes of a dataset.

    Args:
        dataset: has the columns COLUMNS, and images.
        size_px: images are brought to this height and width.
    """

    def __init__(self, dataset: Dataset, size_px: int) -> None:
        self._dataset, self._size_px = dataset, size_px
        key = IMAGE_COLUMNS[dataset.embodiment.image_key]
        self._camera = key if key in dataset.image_keys else dataset.image_keys[0]
        self._videos: dict[Path, VideoReader] = {}
        self._ahead: dict[int, dict[str, np.ndarray]] = {}
        self._file: tuple[int, dict[str, np.ndarray]] | None = None

    def load(self, episode: int, after: Sequence[int], features: Callable[[int], np.ndarray] | None = None) -> Frames:
        """A whole episode.

        Args:
            episode: its number.
            after: those that will be loaded next. A file is decoded as a whole, so that the rows of those in the same
                file are read along.
            features: gives the image features of an episode, in place of the images.
        """
        self._ahead = {number: self._ahead[number] for number in (episode, *after) if number in self._ahead}
        if episode not in self._ahead:
            file = self._file_of(episode)
            together = [number for number in after if number not in self._ahead and self._file_of(number) == file]
            columns = self._read(file)
            for number in {episode, *together}:
                self._ahead[number] = {name: each.copy() for name, each in self._rows(number, columns).items()}
        rows = self._ahead.pop(episode)
        if features is not None:
            return Frames(rows, None, features(episode))
        return Frames(rows, self.images(episode))

    def images(self, episode: int) -> np.ndarray:
        """(T, size, size, 3) uint8 what the camera saw in an episode."""
        path, start = self._dataset.video_of(self._camera, episode)
        frames = self._video(path).read(start, self._dataset.episodes[episode].length)
        size = self._size_px
        return np.array([resize_image(frame, size) for frame in frames], np.uint8).reshape(-1, size, size, 3)

    def _video(self, path: Path) -> VideoReader:
        """An open video; those that were used last stay open."""
        video = self._videos.pop(path, None) or VideoReader(path)
        self._videos[path] = video
        while len(self._videos) > OPEN_VIDEOS:
            self._videos.pop(next(iter(self._videos))).close()
        return video

    def up_to(self, episode: int, offset: int) -> Frames:
        """An episode up to one frame, of which alone there is an image. Fast if the last call was in the same file."""
        file = self._file_of(episode)
        if self._file is None or self._file[0] != file:
            self._file = file, self._read(file)
        columns = {name: each[: offset + 1] for name, each in self._rows(episode, self._file[1]).items()}
        image = resize_image(self._dataset.image(self._camera, episode, offset), self._size_px)
        return Frames(columns, np.broadcast_to(image, (offset + 1, *image.shape)))

    def _file_of(self, episode: int) -> int:
        return self._dataset.frame_files.file_of(self._dataset.episodes[episode].start)

    def _read(self, file: int) -> dict[str, np.ndarray]:
        return self._dataset.frame_files.read(file, COLUMNS)

    def _rows(self, episode: int, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        first = int(self._dataset.frame_files.first[self._file_of(episode)])
        given = self._dataset.episodes[episode]
        return {name: each[given.start - first : given.stop - first] for name, each in columns.items()}
