"""Object point clouds of a dataset: each distinct cloud is stored once and referred to by its row."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.schema import OBJECT_BOXES, OBJECTS, OBJECTS_DIGEST
from leo_agent.episodes.demonstrations.tables import column_array, column_values, read_in_parts, write_table

_COLUMNS = ("hash", "xyz", "rgb")
_CLOUDS_AT_ONCE = 1024
_SLACK_M = 0.02  # a cloud's mean may lie on a flat object's face
_WAY_OUT = "clouds do not survive LeRobot's tools: join datasets by 'leo-agent data merge'"


def cloud_hash(xyz: np.ndarray, rgb: np.ndarray) -> str:
    """Name of a cloud by its content."""
    digest = hashlib.blake2b(xyz.tobytes(), digest_size=16)
    digest.update(rgb.tobytes())
    return digest.hexdigest()


def frame_digests(rows: np.ndarray, hashes: Sequence[str]) -> np.ndarray:
    """What ties frames to their clouds: 32 bits of the names of each frame's clouds in their order, (T,) int64.

    Rows are numbers that any tool may carry to a place where they count other clouds; names are the clouds' content.

    Args:
        rows: (T, N) rows of clouds, -1 in empty slots.
        hashes: the name of each row.
    """
    names = [bytes.fromhex(name) for name in hashes]
    known: dict[bytes, int] = {}
    digests = np.empty(len(rows), np.int64)
    for frame, own in enumerate(rows):
        key = own.tobytes()
        if key not in known:
            content = b"".join(names[row] if row >= 0 else b"-" for row in own.tolist())
            known[key] = int.from_bytes(hashlib.blake2b(content, digest_size=4).digest(), "big")
        digests[frame] = known[key]
    return digests


class CloudSet:
    """Distinct clouds in the order in which they came.

    Args:
        known: hashes of clouds that are stored already; they keep the first rows.
    """

    def __init__(self, known: Sequence[str] = ()):
        self._row_of = {name: row for row, name in enumerate(known)}
        self._new: list[tuple[str, np.ndarray, np.ndarray]] = []

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def hashes(self) -> list[str]:
        """The name of each row."""
        return list(self._row_of)

    def add(self, xyz: np.ndarray, rgb: np.ndarray, name: str | None = None) -> int:
        """Row of the cloud with (P, 3) float32 `xyz` in metres and (P, 3) uint8 `rgb`."""
        name = name or cloud_hash(xyz, rgb)
        row = self._row_of.get(name)
        if row is None:
            row = self._row_of[name] = len(self._row_of)
            self._new.append((name, xyz, rgb))
        return row

    def add_points(self, points: np.ndarray) -> int:
        """Row of a (P, 6) float32 cloud: xyz in metres, rgb in [0, 1], which is kept in 8 bits."""
        xyz = np.ascontiguousarray(points[:, :3], dtype=np.float32)
        return self.add(xyz, np.rint(np.clip(points[:, 3:], 0, 1) * 255).astype(np.uint8))

    def write_new(self, path: Path) -> int:
        """Writes the clouds that were not known before into one file; returns their number (0: no file)."""
        if not self._new:
            return 0
        names, xyz, rgb = zip(*self._new, strict=True)
        sizes = {len(points) for points in xyz}
        if len(sizes) > 1:
            raise InputError(f"{path}: all clouds of a dataset need the same number of points, found {sorted(sizes)}")
        columns = {
            "hash": pa.array(names, pa.string()),
            "xyz": column_array(np.stack(xyz).reshape(len(names), -1)),
            "rgb": column_array(np.stack(rgb).reshape(len(names), -1)),
        }
        write_table(pa.table(columns), path)
        self._new = []
        return len(names)


@dataclass(frozen=True)
class CloudSummary:
    """What tells the clouds of a dataset apart."""

    hashes: list[str]  # names by content
    means: np.ndarray  # (M, 3) of their points, metres, world frame

    def __len__(self) -> int:
        return len(self.hashes)


def cloud_parts(paths: Sequence[Path]) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """The clouds in those files a few at a time: names, xyz (n, P, 3) float32, rgb (n, P, 3) uint8.

    Raises:
        InputError: a file is damaged, or holds a cloud that is not the one of its name.
    """
    row = 0
    for path in paths:
        for table in read_in_parts(path, _COLUMNS, _CLOUDS_AT_ONCE):
            hashes: list[str] = table.column("hash").to_pylist()
            try:
                with np.errstate(invalid="ignore"):  # numbers that their type cannot hold have another hash
                    xyz = column_values(table.column("xyz")).astype(np.float32, copy=False)
                    rgb = column_values(table.column("rgb")).astype(np.uint8, copy=False)
                xyz, rgb = xyz.reshape(len(hashes), -1, 3), rgb.reshape(len(hashes), -1, 3)
            except (ValueError, TypeError) as problem:
                raise InputError(f"{path.parent}: not a table of clouds ({problem})") from None
            for number, name in enumerate(hashes):
                if cloud_hash(xyz[number], rgb[number]) != name:
                    raise InputError(
                        f"{path.parent.parent}: the points of cloud {row + number} are not those it was named by"
                    )
            row += len(hashes)
            yield hashes, xyz, rgb


class CloudTable:
    """All clouds of a dataset, in memory.

    Attributes:
        hashes: names by content.
        xyz: (M, P, 3) float32, metres, world frame.
        rgb: (M, P, 3) uint8.
    """

    def __init__(self, paths: Sequence[Path]):
        parts = list(cloud_parts(paths))
        self.hashes: list[str] = [name for names, _, _ in parts for name in names]
        empty = np.empty((0, 0, 3))
        try:
            self.xyz = np.concatenate([xyz for _, xyz, _ in parts]) if parts else empty.astype(np.float32)
            self.rgb = np.concatenate([rgb for _, _, rgb in parts]) if parts else empty.astype(np.uint8)
        except ValueError as problem:  # files with clouds of other sizes
            raise InputError(f"{paths[0].parent}: not a table of clouds ({problem})") from None

    @property
    def summary(self) -> CloudSummary:
        """Names and means."""
        return CloudSummary(self.hashes, self.xyz.mean(axis=1) if len(self) else np.empty((0, 3), np.float32))

    def __len__(self) -> int:
        return len(self.hashes)

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Clouds of any array of rows, (..., P, 6) float32 with rgb in [0, 1]; zeros where the row is -1."""
        rows = np.asarray(rows)
        result = np.zeros((*rows.shape, self.xyz.shape[1], 6), np.float32)
        given = rows >= 0
        result[given, :, :3] = self.xyz[rows[given]]
        result[given, :, 3:] = self.rgb[rows[given]] / np.float32(255)
        return result


def check_clouds(folder: Path, frames: Mapping[str, np.ndarray], table: CloudSummary) -> None:
    """Checks that every frame's rows name its own clouds; the frames are those of whole episodes.

    By the digest that is stored with each frame; in datasets of earlier versions, which have none, by place: the means
    of most clouds of an episode must lie in the boxes of their objects.

    Raises:
        InputError: there are no clouds, too few, or those of other frames.
    """
    rows = frames[OBJECTS].reshape(len(frames[OBJECTS]), -1)
    highest = int(rows.max(initial=-1))
    if highest >= 0 and not len(table):
        raise InputError(
            f"{folder}: has no object clouds: clouds/ is missing, to which {OBJECTS} refers; copy it from the dataset "
            "that this one was cut from (it is checked), or join what it was merged of with 'leo-agent data merge'"
        )
    if highest >= len(table):
        raise InputError(
            f"{folder / 'clouds'}: holds {len(table)} clouds, but frames refer to row {highest}; {_WAY_OUT}"
        )
    wrong = _wrong_digests(rows, frames, table) if OBJECTS_DIGEST in frames else _wrong_places(rows, frames, table)
    if len(wrong):
        frame, episode = (int(frames[name][wrong[0]]) for name in ("index", "episode_index"))
        raise InputError(
            f"{folder / 'clouds'}: not the clouds of this dataset: frame {frame} (episode {episode}) means others; "
            f"{_WAY_OUT}"
        )


def _wrong_digests(rows: np.ndarray, frames: Mapping[str, np.ndarray], table: CloudSummary) -> np.ndarray:
    """Numbers of the frames that were recorded with other clouds."""
    return np.flatnonzero(frame_digests(rows, table.hashes) != frames[OBJECTS_DIGEST].reshape(-1))


def _wrong_places(rows: np.ndarray, frames: Mapping[str, np.ndarray], table: CloudSummary) -> np.ndarray:
    """Numbers of the first frames of episodes most of whose clouds lie outside of their objects' boxes."""
    if OBJECT_BOXES not in frames or not len(table):
        return np.empty(0, np.int64)
    boxes = frames[OBJECT_BOXES].reshape(*rows.shape, 6)
    given = rows >= 0
    outside = (np.abs(table.means[rows] - boxes[..., :3]) > boxes[..., 3:] / 2 + _SLACK_M).any(axis=-1) & given
    first_frames, episode_of = np.unique(frames["episode_index"], return_index=True, return_inverse=True)[1:]
    misplaced = np.bincount(episode_of, outside.sum(-1))
    return np.sort(first_frames[misplaced > np.bincount(episode_of, given.sum(-1)) / 2])
