"""Writes a dataset's tables anew as pandas and LeRobot's tools do, without either."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from leo_agent.episodes.demonstrations.reader import Dataset

DATA, EPISODES, TASKS = (
    "data/chunk-000/file-000.parquet",
    "meta/episodes/chunk-000/file-000.parquet",
    "meta/tasks.parquet",
)
CLOUDS = "clouds/chunk-000/file-000.parquet"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def named(index: str) -> Callable[[pa.Table], pa.Table]:
    """The table of tasks as pandas writes a frame whose index has that name."""
    pandas = {"index_columns": [index], "column_indexes": [], "columns": []}
    return lambda table: table.rename_columns(["task_index", index]).replace_schema_metadata(
        {"pandas": json.dumps(pandas)}
    )


with_unnamed_index = named("__index_level_0__")  # what pandas calls one without a name


def replaced(name: str, values: pa.Array) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.set_column(table.column_names.index(name), name, values)


def with_variable_lists(table: pa.Table) -> pa.Table:
    """Lists of fixed length as lists of any."""
    for place, field in enumerate(table.schema):
        if pa.types.is_fixed_size_list(field.type):
            values = pa.array(table.column(place).to_pylist(), pa.list_(field.type.value_type))
            table = table.set_column(place, field.name, values)
    return table


def without(*names: str) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.drop_columns([name for name in names if name in table.column_names])


def reordered(order: list[int]) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.take(pa.array(order))


def change_info(folder: Path, change: Callable[[dict], None]) -> None:
    path = folder / "meta/info.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


def as_an_earlier_version(folder: Path) -> None:
    """Takes away what ties frames to clouds, and stores navigation's action as its id."""

    def earlier(table: pa.Table) -> pa.Table:
        for name in ("action", "expert_action"):
            vectors = table.column(name).to_pylist()
            if len(vectors[0]) == 6:
                ids = pa.array([vector.index(1.0) for vector in vectors], pa.int64())
                table = table.set_column(table.column_names.index(name), name, ids)
        return table.drop_columns(["objects_digest"])

    def earlier_info(info: dict) -> None:
        del info["features"]["objects_digest"]
        for name in ("action", "expert_action"):
            if info["features"][name]["shape"] == [6]:
                info["features"][name] = {"dtype": "int64", "shape": [1], "names": ["action_id"]}

    rewrite(folder / DATA, earlier)
    change_info(folder, earlier_info)


def put_boxes_around_clouds(folder: Path) -> None:
    """The synthetic demonstrations have random boxes; a real dataset's lie around their objects."""
    dataset = Dataset(folder)
    rows = dataset.frames()["observation.objects"]
    xyz = dataset.clouds.xyz
    low, high = xyz.min(axis=1), xyz.max(axis=1)
    boxes = np.where((rows >= 0)[..., None], np.concatenate([(low + high) / 2, (high - low)], axis=-1)[rows], 0)
    flat = pa.array(boxes.reshape(len(rows), -1).astype(np.float32).tolist(), pa.list_(pa.float32(), rows.shape[1] * 6))
    rewrite(folder / DATA, replaced("observation.object_boxes", flat))
