"""Instance proposals over a point cloud, as Mask3D's are released: `.mask.npz`, a sparse matrix saved by scipy.

Read with numpy alone: scipy.sparse.save_npz's arrays `format`, `shape`, `data` and those of the format.
"""

import io
import logging
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file

MOST_PROPOSALS = 50  # LEO's code reads the first 50 rows
_MOST_BYTES = 1 << 28  # of one array, unpacked; 100 masks over 240,000 points each are less
_log = logging.getLogger(__name__)
# What damaged archives make zipfile and numpy raise.
_DAMAGED = (
    *(EOFError, LookupError, MemoryError, OSError, OverflowError, RuntimeError, SyntaxError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
_INDEX_NAMES = {"csr": ("indptr", "indices"), "csc": ("indptr", "indices"), "coo": ("row", "col")}


def read_masks(path: Path, num_points: int, most: int = MOST_PROPOSALS) -> dict[int, np.ndarray]:
    """Those of the first `most` proposals that hold a point: row of the matrix -> point numbers (n,) int64, ascending.

    The log says how many hold none.

    Raises:
        InputError: the file is missing, damaged, no sparse matrix of 0 and 1 in the formats csr, csc or coo, or one
            over another number of points.
    """
    arrays = _read_arrays(path)
    form = arrays["format"]
    rows, columns = _entries(arrays, form, path)
    proposals, width = arrays["shape"]
    if width != num_points:
        raise InputError(f"{path}: masks over {width} points, but the scene has {num_points}")
    for name, values, end in (("row", rows, proposals), ("column", columns, width)):
        if len(values) > 0 and not 0 <= values.min() <= values.max() < end:
            raise InputError(f"{path}: found a {name} of {values.min()} or {values.max()}, expected 0 to {end - 1}")
    kept = (arrays["data"] != 0) & (rows < most)
    rows, columns = rows[kept], columns[kept]
    order = np.argsort(rows, kind="stable")
    found, starts = np.unique(rows[order], return_index=True)
    pieces = np.split(columns[order], starts[1:])
    read = min(proposals, most)
    if len(found) < read:
        _log.warning("%s: %d of %d masks hold no point and are left out", path, read - len(found), read)
    if proposals > most:
        _log.info("%s: the first %d of %d masks are read", path, most, proposals)
    return {int(row): np.unique(piece) for row, piece in zip(found, pieces, strict=False)}


def _entries(arrays: dict[str, Any], form: str, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each stored value, int64, not yet checked against the shape."""
    first, second = (arrays[name].astype(np.int64) for name in _INDEX_NAMES[form])
    count = len(arrays["data"])
    if not np.isin(arrays["data"], (0, 1)).all():
        raise InputError(f"{path}: found values other than 0 and 1, expected masks")
    if len(second) != count or (form == "coo" and len(first) != count):
        raise InputError(f"{path}: {count} values at {len(first)} and {len(second)} places, expected as many")
    if form == "coo":
        return first, second
    lines = arrays["shape"][0 if form == "csr" else 1]
    lengths = np.diff(first)
    if len(first) != lines + 1 or first[0] != 0 or first[-1] != count or (lengths < 0).any():
        raise InputError(f"{path}: indptr does not divide {count} values into {lines} lines")
    line = np.repeat(np.arange(lines), lengths)
    return (line, second) if form == "csr" else (second, line)


def _read_arrays(path: Path) -> dict[str, Any]:
    content = read_file(path, "masks (.mask.npz)")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            form = str(_read_array(archive, "format", "SU", 0, path).astype(str))
            if form not in _INDEX_NAMES:
                raise InputError(f"{path}: a sparse matrix as {form[:20]!r}, expected {', '.join(_INDEX_NAMES)}")
            shape = _read_array(archive, "shape", "iu", 1, path).tolist()
            if len(shape) != 2 or min(shape) < 0:
                raise InputError(f"{path}: a matrix of shape {str(shape)[:60]}, expected (proposals, points)")
            arrays = {name: _read_array(archive, name, "iu", 1, path) for name in _INDEX_NAMES[form]}
            return {"format": form, "shape": shape, "data": _read_array(archive, "data", "biuf", 1, path), **arrays}
    except InputError:
        raise
    except _DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(f"{path}: not a file of scipy.sparse.save_npz, or damaged ({reason})") from error


def _read_array(archive: zipfile.ZipFile, name: str, kinds: str, dimensions: int, path: Path) -> np.ndarray:
    """One array of the archive; its header is believed only as far as there are bytes."""
    if f"{name}.npy" not in archive.namelist():
        raise InputError(f"{path}: holds no {name!r}, expected a matrix saved by scipy.sparse.save_npz")
    if archive.getinfo(f"{name}.npy").compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{path}: {name!r} is compressed in an unknown way, expected what numpy.savez writes")
    with archive.open(f"{name}.npy") as member:
        content = member.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path}: {name!r} is larger than {_MOST_BYTES} bytes, expected masks of one scene")
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise InputError(f"{path}: {name!r} is of npy version {version}, expected (1, 0)")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if kind.kind not in kinds or len(shape) != dimensions:
        raise InputError(f"{path}: {name!r} is {str(kind)[:60]} of shape {str(shape)[:60]}")
    body = content[stream.tell() :]
    if kind.itemsize * math.prod(shape) != len(body) or min(shape, default=0) < 0:
        raise InputError(f"{path}: {name!r} has {len(body)} bytes for {kind} of shape {str(shape)[:60]}")
    return np.frombuffer(body, kind).reshape(shape)
