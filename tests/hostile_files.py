"""What anybody may put in the place of a file: changed bytes, changed values, and things that are no files."""

import copy
import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leo_agent.contract.errors import InputError
from tests.envs.fuzzing import mutated

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 2**31, 2**63, -(2**63), 10**25, 10**400, 0.5, 1e300, -0.0),
    *(float("nan"), float("inf"), float("-inf"), "", "x", "..", "../../etc/passwd", "/etc/passwd", "a\0b", "é\n" * 50),
    *([], {}, [[]], [1, "x", None], {"x": {}}, {"": None}, [0] * 1000),
)
DEPTH = 3000  # of nested lists: more than Python's own stack


def put_pipe(path: Path) -> None:
    """A named pipe that nobody writes to: whoever opens it waits for ever."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def put_folder(path: Path) -> None:
    """A folder of that name."""
    path.unlink(missing_ok=True)
    path.mkdir()


def put_nothing(path: Path) -> None:
    """No file."""
    path.unlink()


def put_empty(path: Path) -> None:
    """A file of no bytes."""
    path.write_bytes(b"")


def put_device(path: Path) -> None:
    """A link to a device without end."""
    path.unlink()
    path.symlink_to("/dev/zero")


def put_loop(path: Path) -> None:
    """A link to itself."""
    path.unlink()
    path.symlink_to(path.name)


def put_sparse(path: Path) -> None:
    """A terabyte that takes no room on the disk."""
    with open(path, "wb") as file:
        file.truncate(2**40)


def put_nested(path: Path) -> None:
    """JSON without end."""
    path.write_bytes(b"[" * 200_000)


PUT = (put_pipe, put_folder, put_nothing, put_empty, put_device, put_loop, put_sparse, put_nested)


def damage(path: Path, rng: np.random.Generator) -> None:
    """Changes a file at random: its bytes, or, where it holds JSON or begins with a header of JSON, values in that."""
    content = path.read_bytes()
    kind = rng.random()
    if kind < 0.1:
        path.write_bytes(content[: int(rng.integers(len(content)))])
        return
    if path.suffix == ".safetensors" and kind < 0.7:
        path.write_bytes(_other_header(content, rng))
    elif path.suffix == ".parquet" and kind < 0.8:
        pq.write_table(_other_table(pq.read_table(path, partitioning=None), rng), path)
    elif path.suffix == ".json" and kind < 0.8:
        path.write_bytes(_other_json(content, rng))
    elif path.suffix == ".jsonl" and kind < 0.8:
        lines = content.splitlines()
        place = int(rng.integers(len(lines)))
        lines[place] = _other_json(lines[place], rng)
        path.write_bytes(b"\n".join(lines) + b"\n")
    else:
        path.write_bytes(mutated(content, rng))


def outcome(read: Any) -> str:
    """What reading came to: nothing, or the one line of an InputError.

    Raises:
        AssertionError: the message has more lines than one, or is too long to be read.
    """
    try:
        read()
    except InputError as error:
        message = str(error)
        assert message
        assert "\n" not in message, message
        assert len(message) < 1000, message
        return message
    return ""


def _other_json(content: bytes, rng: np.random.Generator) -> bytes:
    value = json.loads(content)
    for _ in range(int(rng.integers(1, 3))):
        value = changed(value, rng)
    text = json.dumps(value)
    if rng.random() < 0.05:
        text = text.replace("null", "[" * DEPTH + "]" * DEPTH, 1)
    return text.encode()


def _other_header(content: bytes, rng: np.random.Generator) -> bytes:
    """A safetensors file whose header, 8 bytes of length and JSON, holds another value."""
    (length,) = struct.unpack_from("<Q", content)
    header = _other_json(content[8 : 8 + length], rng)
    given = len(header) if rng.random() < 0.9 else int(rng.choice([0, 1, 2**20, 2**40, 2**62]))
    return struct.pack("<Q", given) + header + content[8 + length :]


def _other_table(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """A table of which one column is of another type, has other values, is gone, or has other rows."""
    number = int(rng.integers(table.num_columns))
    rows, name = table.num_rows, table.column_names[number]
    kind = int(rng.integers(12))
    if kind == 0:
        return table.remove_column(number)
    if kind == 1:
        return table.slice(0, int(rng.integers(rows + 1)))
    if kind == 2:
        return pa.concat_tables([table, table])
    if kind == 3:
        return table.rename_columns([f"{each}?" if each == name else each for each in table.column_names])
    columns = (
        pa.nulls(rows, table.column(number).type),
        pa.array([None if row == 0 else value for row, value in enumerate(table.column(number).to_pylist())]),
        pa.array(["x"] * rows),
        pa.array([-1] * rows),
        pa.array([2**62] * rows),
        pa.array([float("nan")] * rows),
        pa.array([[0] * (row % 3) for row in range(rows)], pa.list_(pa.int64())),
        pa.array([{"a": row} for row in range(rows)]),
    )
    return table.set_column(number, name, columns[kind - 4])


def changed(value: Any, rng: np.random.Generator) -> Any:
    """JSON in which one value, anywhere, is another, is gone, or has moved to another place."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    if not places:
        return VALUES[rng.integers(len(VALUES))]
    owner, key = places[rng.integers(len(places))]
    kind = rng.random()
    if kind < 0.15:
        del owner[key]
    elif kind < 0.35:
        other, name = places[rng.integers(len(places))]
        owner[key] = copy.deepcopy(other[name])
    elif kind < 0.4 and isinstance(owner, dict):
        owner[str(VALUES[rng.integers(len(VALUES))])] = owner.pop(key)
    else:
        owner[key] = VALUES[rng.integers(len(VALUES))]
    return value


def _places(value: Any) -> Any:
    """(list or object, index or key) of every value in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)
