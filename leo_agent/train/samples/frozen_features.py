"""Features of encoders that are not trained: computed at the first use, and kept in the cache folder.

A file holds a row for every cloud or frame and is filled in groups of rows, in any order and by any number of
processes: all of them would write the same. A group counts once its checksum stands in the index beside, and is
right; a group that was half written, or damaged, is computed again.
"""

import hashlib
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from leo_agent.contract.files import writing
from leo_agent.policies.leo.batches.batch import PreparedClouds
from leo_agent.policies.leo.model.image_encoder import ImageEncoder
from leo_agent.policies.leo.model.point_encoder import PointEncoder
from leo_agent.train.samples.augmentation import NUM_POSES, MovableClouds, pose_and_row, posed
from leo_agent.train.samples.cloud_store import CACHE, kept_or_told
from leo_agent.train.samples.source import SourceOptions

_CLOUDS_A_GROUP, _IMAGES_A_BATCH = 64, 64
_VALUES, _INDEX = "values", "index"
_ENTRY = np.dtype("<u8")  # of the index: the checksum of a group, with a bit that tells it from a hole
_PRESENT = 1 << 32


class FeatureFile:
    """Rows of float32 on disk, computed group by group when they are asked for.

    Args:
        name: of the folder in the cache folder; must tell all that the values depend on.
        bounds: (G + 1,) first row of each group, and the number of rows.
        width: numbers a row.
        compute: (rows of the group, width) float32 of a group.

    Attributes:
        folder: where it is.

    Raises:
        OutputError: it cannot be written.
    """

    def __init__(self, name: str, bounds: np.ndarray, width: int, compute: Callable[[int], np.ndarray]) -> None:
        self._bounds, self._width, self._compute = bounds, width, compute
        sizes = {_VALUES: 4 * width * int(bounds[-1]), _INDEX: _ENTRY.itemsize * (len(bounds) - 1)}
        self.folder = kept_or_told(name, lambda path: _make_sparse(path, sizes))
        for part, size in sizes.items():
            with writing(self.folder), open(self.folder / part, "ab") as file:
                if file.tell() != size:
                    file.truncate(size)  # what is missing is a hole, which no checksum fits
        self._whole = np.zeros(len(bounds) - 1, bool)  # groups whose checksum was right once
        shape = (int(bounds[-1]), width)
        self._values = np.memmap(self.folder / _VALUES, "<f4", "r", shape=shape) if sizes[_VALUES] else np.empty(shape)

    def group(self, number: int) -> np.ndarray:
        """All rows of a group."""
        self._fill(number)
        return np.array(self._values[self._bounds[number] : self._bounds[number + 1]], np.float32)

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """(n, width) float32 of any rows."""
        for number in np.unique(np.searchsorted(self._bounds, rows, side="right") - 1):
            self._fill(int(number))
        return np.array(self._values[rows], np.float32)

    def _fill(self, number: int) -> None:
        if self._whole[number]:
            return
        start, stop = int(self._bounds[number]), int(self._bounds[number + 1])
        with open(self.folder / _INDEX, "rb") as index:
            entry = int(np.frombuffer(os.pread(index.fileno(), _ENTRY.itemsize, number * _ENTRY.itemsize), _ENTRY)[0])
        if entry != _PRESENT | zlib.crc32(self._values[start:stop].tobytes()):
            content = np.ascontiguousarray(self._compute(number), "<f4").tobytes()
            self._write(_VALUES, content, 4 * self._width * start)
            checksum = np.array([_PRESENT | zlib.crc32(content)], _ENTRY)
            self._write(_INDEX, checksum.tobytes(), number * _ENTRY.itemsize)
        self._whole[number] = True

    def _write(self, part: str, content: bytes, place: int) -> None:
        path = self.folder / part
        with writing(path), open(path, "r+b") as file:
            file.seek(place)
            file.write(content)


def _make_sparse(folder: Path, sizes: dict[str, int]) -> None:
    folder.mkdir()
    for name, size in sizes.items():
        with open(folder / name, "wb") as file:
            file.truncate(size)


class CloudFeatures:
    """In place of a table of clouds: the point encoder's features of its rows, moved as they say, (n, F) float32."""

    def __init__(self, clouds: np.ndarray, digest: str, encoder: PointEncoder) -> None:
        self._clouds, self._encoder, self._count = MovableClouds(clouds), encoder.eval(), len(clouds)
        config = encoder.pcd_net.config
        groups = -(-len(clouds) // _CLOUDS_A_GROUP)
        bounds = np.minimum(np.arange(groups) * _CLOUDS_A_GROUP, len(clouds))
        every = [bounds + pose * len(clouds) for pose in range(NUM_POSES)]
        name = f"{CACHE}/{digest}/point-features-{encoder_hash(encoder, config)}"
        rows = np.append(np.concatenate(every), NUM_POSES * len(clouds))
        self._groups, self._file = groups, FeatureFile(name, rows, config.output_dim, self._compute)

    def __getitem__(self, rows: np.ndarray, /) -> np.ndarray:
        pose, row = pose_and_row(rows)
        return self._file.rows(pose * self._count + row)

    def _compute(self, group: int) -> np.ndarray:
        pose, number = divmod(group, self._groups)
        first = number * _CLOUDS_A_GROUP
        rows = np.arange(first, min(first + _CLOUDS_A_GROUP, self._count))
        return encoded(self._encoder, self._clouds[posed(rows, np.array(pose))].astype(np.float32))


class ImageFeatures:
    """The image encoder's features of the frames of each episode, (T, variants, D): as seen, then mirrored if wanted.

    Args:
        digest: of the dataset.
        first_frames: (E + 1,) first frame of each episode, and the number of frames.
        images: gives those of an episode.
        encoder: of images.
        mirror: whether mirrored frames are wanted.
    """

    def __init__(
        self,
        digest: str,
        first_frames: np.ndarray,
        images: Callable[[int], np.ndarray],
        encoder: ImageEncoder,
        mirror: bool,
    ) -> None:
        self._images, self._encoder, self._mirror = images, encoder.eval(), mirror
        self._variants, self._width = 2 if mirror else 1, encoder.output_dim
        name = f"{CACHE}/{digest}/image-features-{encoder_hash(encoder, encoder.config)}-{self._variants}"
        self._file = FeatureFile(name, first_frames, self._variants * self._width, self._compute)

    def __call__(self, episode: int) -> np.ndarray:
        """Of an episode."""
        return self._file.group(episode).reshape(-1, self._variants, self._width)

    def _compute(self, episode: int) -> np.ndarray:
        images = self._images(episode)
        both = [images, images[:, :, ::-1]] if self._mirror else [images]
        return np.stack([self._encoded(each) for each in both], axis=1).reshape(len(images), -1)

    def _encoded(self, images: np.ndarray) -> np.ndarray:
        starts = range(0, len(images), _IMAGES_A_BATCH)
        parts = [encoded(self._encoder, images[start : start + _IMAGES_A_BATCH]) for start in starts]
        return np.concatenate([np.empty((0, self._width), np.float32), *parts])


def cloud_table(clouds: np.ndarray, digest: str, options: SourceOptions) -> PreparedClouds:
    """What batches take the clouds of a source from: the clouds, or features of a point encoder that is not trained.

    Args:
        clouds: (C, num_points, 6) prepared.
        digest: changes when they do.
        options: of the source.
    """
    if "point_encoder" not in options.frozen:
        return MovableClouds(clouds)
    return CloudFeatures(clouds, digest, options.model.pcd_encoder.obj_encoder)


def encoded(encoder: nn.Module, given: np.ndarray) -> np.ndarray:
    """What an encoder in evaluation mode says, in float32, on its device."""
    device = next(encoder.parameters()).device
    with torch.inference_mode():
        features: np.ndarray = encoder(torch.from_numpy(np.ascontiguousarray(given)).to(device)).float().cpu().numpy()
    return features


def encoder_hash(encoder: nn.Module, config: object) -> str:
    """Of an encoder's configuration and weights."""
    digest = hashlib.sha256(repr(config).encode())
    for name, each in sorted(encoder.state_dict().items()):
        digest.update(f"{name} {each.dtype} {tuple(each.shape)}".encode())
        digest.update(each.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
