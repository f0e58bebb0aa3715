"""Parquet tables to and from NumPy columns, written aside and renamed, read with errors that name the file."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import aside_of, check_file, writing


def column_array(values: np.ndarray) -> pa.Array:
    """(T,) or (T, 1) as plain values, (T, K) as lists of fixed length K."""
    if values.ndim == 1 or values.shape[1] == 1:
        return pa.array(values.reshape(-1))
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def column_values(column: pa.ChunkedArray) -> np.ndarray:
    """The inverse of `column_array`: (T,) or (T, K)."""
    if pa.types.is_fixed_size_list(column.type):
        width = column.type.list_size
        parts = [chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, width) for chunk in column.chunks]
        return np.concatenate(parts) if parts else np.empty((0, width), column.type.value_type.to_pandas_dtype())
    values: np.ndarray = column.to_numpy()
    return values


def write_table(table: pa.Table, path: Path) -> None:
    """Writes beside `path` and renames into place."""
    aside = aside_of(path)
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, aside, compression="zstd", write_page_checksum=True)
            os.replace(aside, path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in `path`.

    Raises:
        InputError: the file is missing, not Parquet, or lacks one of the columns.
    """
    check_file(path, "a table of the dataset")
    try:
        wanted = None if columns is None else list(columns)
        table = pq.read_table(path, columns=wanted, partitioning=None, page_checksum_verification=True)
        found = table.column_names  # a damaged name is noticed only here
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise InputError(f"{path}: cannot be read as Parquet ({problem})") from None
    missing = [name for name in columns or () if name not in found]
    if missing:
        raise InputError(f"{path}: the columns {', '.join(missing)} are missing")
    return table


def tasks_table(tasks: Sequence[str]) -> pa.Table:
    """LeRobot's table of tasks: the text is the (pandas) index, `task_index` the column."""
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(tasks, pa.string())})
    described = [_pandas_column("task_index", "int64", "int64"), _pandas_column("task", "unicode", "object")]
    pandas = {"index_columns": ["task"], "column_indexes": [], "columns": described, "creator": {"library": "pyarrow"}}
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def _pandas_column(name: str, kind: str, dtype: str) -> dict[str, Any]:
    return {"name": name, "field_name": name, "pandas_type": kind, "numpy_type": dtype, "metadata": None}


def rows_table(rows: Sequence[Mapping[str, Any]], types: Mapping[str, pa.DataType]) -> pa.Table:
    """Rows with the same keys as a table; `types` for columns whose values may all be missing."""
    columns = {name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]}
    return pa.table(columns)
