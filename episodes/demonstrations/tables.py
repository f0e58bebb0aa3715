"""Parquet tables to and from NumPy columns, written aside and renamed, read with errors that name the file."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leo_agent.contract.errors import InputError, reason, shown
from leo_agent.contract.files import aside_of, check_file, writing
from leo_agent.contract.json_file import parse_json

_WHOLE = (
    *("episode_index", "length", "dataset_from_index", "dataset_to_index"),
    *("data/chunk_index", "data/file_index", "meta/episodes/chunk_index", "meta/episodes/file_index"),
)


def column_array(values: np.ndarray) -> pa.Array:
    """(T,) or (T, 1) as plain values, (T, K) as lists of fixed length K."""
    if values.ndim == 1 or values.shape[1] == 1:
        return pa.array(values.reshape(-1))
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def column_values(column: pa.ChunkedArray) -> np.ndarray:
    """The inverse of `column_array`: (T,) or (T, K); lists may be of variable type, and nested, as other tools write.

    Raises:
        ValueError: there are empty cells, or lists of different lengths.
    """
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # what combine_chunks gives for no chunks in some releases
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    rows, is_list = len(array), False
    while True:
        if isinstance(array, pa.ExtensionArray):  # such as Array2D of Hugging Face's datasets
            array = array.storage
        if array.null_count:
            raise ValueError(f"{array.null_count} empty cells")
        if not _is_list(array.type):
            break
        is_list = True
        lengths = pc.unique(pc.list_value_length(array))
        if len(lengths) > 1:
            raise ValueError(f"lists of different lengths, such as {lengths[0]} and {lengths[1]}")
        array = array.flatten()
    values: np.ndarray = array.to_numpy(zero_copy_only=False)
    return values.reshape(rows, -1 if rows else 0) if is_list else values


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def write_table(table: pa.Table, path: Path) -> None:
    """Writes beside `path` and renames into place."""
    aside = aside_of(path)
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Numbers hardly repeat: dictionaries of them take longer to make, and more room.
            texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
            pq.write_table(table, aside, compression="zstd", write_page_checksum=True, use_dictionary=texts)
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
    wanted = None if columns is None else list(columns)
    with _reading(path):
        table = pq.read_table(path, columns=wanted, partitioning=None, page_checksum_verification=True)
        found = table.column_names  # a damaged name is noticed only here
    missing = [name for name in columns or () if name not in found]
    if missing:
        raise InputError(f"{path}: the columns {', '.join(missing)} are missing")
    return table


def read_in_parts(path: Path, columns: Sequence[str], rows: int) -> Iterator[pa.Table]:
    """The table in `path`, so many rows at a time; raises as `read_table` does."""
    check_file(path, "a table of the dataset")
    with _reading(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        missing = [name for name in columns if name not in file.schema_arrow.names]
        parts = iter([]) if missing else file.iter_batches(rows, columns=list(columns))
        for part in parts:
            yield pa.Table.from_batches([part])
    if missing:
        raise InputError(f"{path}: the columns {', '.join(missing)} are missing")


def count_rows(path: Path) -> int:
    """Of the table in `path`, as its end says; raises as `read_table` does."""
    check_file(path, "a table of the dataset")
    with _reading(path):
        return int(pq.read_metadata(path).num_rows)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(f"{path}: cannot be read as Parquet ({reason(problem)})") from None


def read_tasks(path: Path) -> dict[int, str]:
    """LeRobot's table of tasks, {task_index: text}.

    The text is the index of a pandas table: a column `task`, or one that pandas named itself, or any other name that
    the file's pandas metadata tells.

    Raises:
        InputError: as `read_table`; no column holds the text, or a number stands twice.
    """
    table = read_table(path)
    described = (table.schema.metadata or {}).get(b"pandas", b"{}")
    try:
        indices = parse_json(described, f"{path}: pandas").get("index_columns", [])
    except (InputError, AttributeError):
        indices = []
    candidates = ["task", *(name for name in indices if isinstance(name, str)), "__index_level_0__"]
    name = next((name for name in candidates if name in table.column_names), None)
    if name is None or "task_index" not in table.column_names:
        raise InputError(
            f"{path}: found the columns {', '.join(table.column_names)}, expected task_index and the text "
            "(task, or the index of a pandas table)"
        )
    numbers, texts = table.column("task_index").to_pylist(), table.column(name).to_pylist()
    if not all(isinstance(number, int) for number in numbers) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{path}: found {table.schema.field(name).type} texts, expected a number and a text a row")
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    if twice:
        raise InputError(f"{path}: task_index {min(twice)} stands twice, expected one row a task")
    return dict(sorted(zip(numbers, texts, strict=True)))


def check_episodes(table: pa.Table, image_keys: Iterable[str], path: Path) -> None:
    """Checks the columns of an episode table that say where an episode lies, and its tasks.

    Raises:
        InputError: one is missing or of another type, or has empty cells or numbers that are not finite.
    """
    places = [f"videos/{key}/{part}" for key in image_keys for part in ("chunk_index", "file_index")]
    times = [f"videos/{key}/from_timestamp" for key in image_keys]
    whole = (*_WHOLE, *places)
    missing = [name for name in ("tasks", *whole, *times) if name not in table.column_names]
    if missing:
        raise InputError(f"{path}: the columns {', '.join(missing)} are missing")
    for name in (*whole, *times):
        column = table.column(name)
        fits = pa.types.is_integer(column.type) or (name in times and pa.types.is_floating(column.type))
        if not fits or column.null_count or (not pc.all(pc.is_finite(column)).as_py() and len(column)):
            kind = "a number" if name in times else "a whole number"
            raise InputError(f"{path}: {name}: found {shown(column.to_pylist()[:3])}, expected {kind} in every row")
    tasks = table.column("tasks").to_pylist()
    wrong = [each for each in tasks if not isinstance(each, list | None)]
    wrong += [text for each in tasks if isinstance(each, list) for text in each if not isinstance(text, str)]
    if wrong:
        raise InputError(f"{path}: tasks: found {shown(wrong[0])}, expected lists of texts")


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
