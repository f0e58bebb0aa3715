"""Datasets as other tools leave them: read, or told in one line what is not there; clouds are never those of others."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.description import describe_dataset
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.tables import column_values
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import STATIC_POINTS, record
from tests.episodes.rewriting import (
    CLOUDS,
    DATA,
    EPISODES,
    TASKS,
    as_an_earlier_version,
    change_info,
    named,
    put_boxes_around_clouds,
    reordered,
    replaced,
    rewrite,
    with_unnamed_index,
    with_variable_lists,
    without,
)


@pytest.fixture(scope="module", params=[False, True], ids=["navigation", "tabletop"])
def original(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("dataset")
    for order in range(3):
        record(path, order, tabletop=request.param)
    DatasetWriter(path).close()
    return path


@pytest.fixture
def folder(original, tmp_path) -> Path:
    return shutil.copytree(original, tmp_path / "copy")


def test_an_index_without_a_name_and_lists_of_any_length_are_read(original, folder):
    rewrite(folder / TASKS, with_unnamed_index)
    rewrite(folder / DATA, with_variable_lists)
    found, expected = Dataset(folder), Dataset(original)
    assert found.tasks == expected.tasks
    for name, values in expected.frames().items():
        assert np.array_equal(found.frames()[name], values), name
    assert found.clouds.hashes == expected.clouds.hashes


@pytest.mark.parametrize("name", ["task", "instruction", "Unnamed: 0"])
def test_the_text_of_a_task_is_the_index_whatever_its_name(folder, name):
    expected = Dataset(folder).tasks
    rewrite(folder / TASKS, named(name))
    assert Dataset(folder).tasks == expected


def test_tasks_without_text_doubled_or_unknown_are_told(folder):
    rewrite(folder / TASKS, without("task"))
    with pytest.raises(InputError, match=r"tasks\.parquet: found the columns task_index, expected task_index and the"):
        Dataset(folder)
    texts = ["one", "two", "three"]
    pq.write_table(pa.table({"task_index": [0, 1, 1], "task": texts}), folder / TASKS)
    with pytest.raises(InputError, match=r"tasks\.parquet: task_index 1 stands twice, expected one row a task"):
        Dataset(folder)
    pq.write_table(pa.table({"task_index": [7, 8, 9], "task": texts}), folder / TASKS)
    with pytest.raises(InputError, match=r"task_index 0 is not in meta/tasks\.parquet"):
        Dataset(folder).frames()


def test_numbers_of_tasks_may_have_gaps(folder):
    count = Dataset(folder).num_frames
    rewrite(folder / DATA, replaced("task_index", pa.array([7] * count)))
    pq.write_table(pa.table({"task_index": [7, 2], "task": ["seven", "two"]}), folder / TASKS)
    dataset = Dataset(folder)
    assert {dataset.tasks[number] for number in dataset.frames()["task_index"].tolist()} == {"seven"}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.chunked_array([pa.array([[1, 2], [3, 4]])]), [[1, 2], [3, 4]]),
        (pa.chunked_array([pa.array([[1, 2], [3, 4]], pa.large_list(pa.int64()))]), [[1, 2], [3, 4]]),
        (pa.chunked_array([pa.array([[[1, 2], [3, 4]]]), pa.array([[[5, 6], [7, 8]]])]), [[1, 2, 3, 4], [5, 6, 7, 8]]),
        (pa.chunked_array([pa.array([[1], [2]])]), [[1], [2]]),
        (pa.chunked_array([pa.array([1.5, 2.5])]), [1.5, 2.5]),
    ],
)
def test_columns_of_every_kind_of_list(column, expected):
    assert column_values(column).tolist() == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [([[1.0, 2.0], [3.0]], "lists of different lengths, such as 2 and 1"), ([[1.0], None], "1 empty cells")],
)
def test_lists_that_are_no_table_are_told(folder, values, message):
    def broken(table: pa.Table) -> pa.Table:
        rows = pa.array([values[min(row, 1)] for row in range(len(table))], pa.list_(pa.float32()))
        return table.set_column(table.column_names.index("observation.state"), "observation.state", rows)

    rewrite(folder / DATA, broken)
    with pytest.raises(InputError, match=rf"the column observation\.state cannot be read \(.*{message[2:]}"):
        Dataset(folder).frames()


def test_a_width_that_contradicts_the_description_is_told(folder):
    change_info(folder, lambda info: info["features"]["observation.state"].update(shape=[3]))
    with pytest.raises(InputError, match=r"observation\.state has 7 values a frame, but meta/info\.json says \[3\]"):
        Dataset(folder).frames()


def test_without_clouds_all_else_is_read_and_their_lack_is_told(folder):
    shutil.rmtree(folder / "clouds")
    for name in ("config.json", "episodes.jsonl"):
        (folder / name).unlink(missing_ok=True)
    dataset = Dataset(folder)
    assert len(dataset.frames()["action"]) == 12
    assert len(dataset.images(dataset.image_keys[0], 1)) == 4
    with pytest.raises(InputError, match=f"{folder.name}: has no object clouds: clouds/ is missing.* data merge"):
        _ = dataset.clouds
    assert "none that can be used" in describe_dataset(folder)


def test_a_dataset_that_never_had_clouds_is_told_so(folder):
    names = ["observation.objects", "observation.object_ids", "observation.object_boxes", "objects_digest"]
    rewrite(folder / DATA, without(*names))
    change_info(folder, lambda info: [info["features"].pop(name) for name in names])
    change_info(folder, lambda info: info["features"]["action"].update(names={"motors": ["wheel"]}))
    with pytest.raises(InputError, match=r"has no object clouds: meta/info\.json has no column observation\.objects"):
        _ = Dataset(folder).clouds
    told = describe_dataset(folder)
    assert "clouds   none: recorded without objects" in told
    assert "of a body that this project does not know" in told


@pytest.mark.parametrize("earlier", [False, True])
def test_clouds_in_another_order_are_refused(folder, tmp_path, monkeypatch, earlier):
    """By the digest of each frame; in a dataset of an earlier version by the boxes of the objects."""
    if earlier:
        apart = STATIC_POINTS.copy()
        apart[:, :, 0] += 10 * np.arange(len(apart))[:, None]
        monkeypatch.setattr("tests.episodes.demonstrations.STATIC_POINTS", apart)
        tabletop, folder = len(Dataset(folder).image_keys) == 2, tmp_path / "apart"
        record(folder, 0, tabletop=tabletop)
        DatasetWriter(folder).close()
        put_boxes_around_clouds(folder)
        as_an_earlier_version(folder)
    count = len(Dataset(folder).clouds)
    rewrite(folder / CLOUDS, reordered([*range(1, count), 0]))
    with pytest.raises(InputError, match=r"clouds: not the clouds of this dataset: frame 0 \(episode 0\) means others"):
        _ = Dataset(folder).clouds


@pytest.mark.parametrize("earlier", [False, True])
def test_clouds_of_the_first_source_are_not_taken_for_those_of_the_second(folder, tmp_path, earlier):
    """What a merge by LeRobot leaves when clouds/ is copied from the first source; rows of both count from 0."""
    if earlier:
        put_boxes_around_clouds(folder)
        as_an_earlier_version(folder)
    assert len(Dataset(folder).clouds)
    moved = shutil.copytree(folder, tmp_path / "moved")

    def elsewhere(table: pa.Table) -> pa.Table:
        from leo_agent.episodes.demonstrations.clouds import cloud_hash
        from leo_agent.episodes.demonstrations.tables import column_array

        xyz, rgb = (column_values(table.column(name)) for name in ("xyz", "rgb"))
        names = [cloud_hash(points, colors) for points, colors in zip(xyz + 50, rgb, strict=True)]
        return pa.table({"hash": names, "xyz": column_array(xyz + 50), "rgb": column_array(rgb)})

    rewrite(moved / CLOUDS, elsewhere)
    with pytest.raises(InputError, match="not the clouds of this dataset"):
        _ = Dataset(moved).clouds


def test_points_that_were_changed_are_refused(folder):
    def changed(table: pa.Table) -> pa.Table:
        xyz = table.column("xyz").to_pylist()
        xyz[1][0] += 1
        return table.set_column(1, "xyz", pa.array(xyz, table.schema.field("xyz").type))

    rewrite(folder / CLOUDS, changed)
    with pytest.raises(InputError, match="the points of cloud 1 are not those it was named by"):
        _ = Dataset(folder).clouds


def test_datasets_of_earlier_versions_are_read_as_before(original, folder):
    put_boxes_around_clouds(folder)
    as_an_earlier_version(folder)
    earlier, today = Dataset(folder), Dataset(original)
    assert earlier.embodiment == today.embodiment
    assert len(earlier.clouds) == len(today.clouds)
    for one, other in zip(earlier.frames()["action"], today.frames()["action"], strict=True):
        was, is_ = (today.embodiment.from_vector(np.atleast_1d(vector)) for vector in (one, other))
        assert json.dumps(was, default=np.ndarray.tolist) == json.dumps(is_, default=np.ndarray.tolist)
    assert "as an earlier version wrote it" in describe_dataset(folder)


def test_a_collection_does_not_go_on_in_a_dataset_of_another_tool(folder):
    rewrite(folder / EPISODES, without("leo/order", "leo/scene", "leo/measures", "leo/seed"))
    assert Dataset(folder).num_episodes == 3
    with pytest.raises(InputError, match="another tool has written it; collect into a new folder, and join both"):
        DatasetWriter(folder)
