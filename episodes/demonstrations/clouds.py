"""Object point clouds of a dataset: each distinct cloud is stored once and referred to by its row."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.tables import column_array, column_values, read_table, write_table

_COLUMNS = ("hash", "xyz", "rgb")


def cloud_hash(xyz: np.ndarray, rgb: np.ndarray) -> str:
    """Name of a cloud by its content."""
    digest = hashlib.blake2b(xyz.tobytes(), digest_size=16)
    digest.update(rgb.tobytes())
    return digest.hexdigest()


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


class CloudTable:
    """All clouds of a dataset, in memory.

    Attributes:
        hashes: names by content.
        xyz: (M, P, 3) float32, metres, world frame.
        rgb: (M, P, 3) uint8.
    """

    def __init__(self, paths: Sequence[Path]):
        tables = [read_table(path, _COLUMNS) for path in paths]
        table = pa.concat_tables(tables) if tables else pa.table({"hash": [], "xyz": [], "rgb": []})
        self.hashes: list[str] = table.column("hash").to_pylist()
        count = len(self.hashes)
        try:
            self.xyz = column_values(table.column("xyz")).astype(np.float32, copy=False).reshape(count, -1, 3)
            self.rgb = column_values(table.column("rgb")).astype(np.uint8, copy=False).reshape(count, -1, 3)
        except (ValueError, TypeError) as problem:
            if count:
                raise InputError(f"{paths[0].parent}: not a table of clouds ({problem})") from None
            self.xyz, self.rgb = np.empty((0, 0, 3), np.float32), np.empty((0, 0, 3), np.uint8)

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
