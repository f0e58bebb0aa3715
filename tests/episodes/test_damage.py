"""Damaged or incomplete datasets are reported in a line that names the file."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import record
from tests.hostile_files import PUT, damage, outcome

FILES = (
    "meta/info.json",
    "meta/tasks.parquet",
    "meta/stats.json",
    "meta/episodes/chunk-000/file-000.parquet",
    "data/chunk-000/file-000.parquet",
    "clouds/chunk-000/file-000.parquet",
    "videos/observation.images.ego/chunk-000/file-000.mp4",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("whole")
    for order in range(3):
        record(path, order)
    DatasetWriter(path).close()
    return path


def read_everything(path: Path) -> None:
    dataset = Dataset(path)
    frames = dataset.frames()
    dataset.clouds.points(frames["observation.objects"])
    for key in dataset.image_keys:
        for index, _ in enumerate(dataset.episodes):
            dataset.images(key, index)
    assert dataset.statistics


def refusals(path: Path) -> list[str]:
    try:
        read_everything(path)
    except InputError as problem:
        return [str(problem)]
    return []


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(whole, tmp_path, name):
    copy = shutil.copytree(whole, tmp_path / "copy")
    (copy / name).unlink()
    expected = "clouds" if name.startswith("clouds") else Path(name).name
    with pytest.raises(InputError, match=expected):
        read_everything(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_read_or_named(whole, tmp_path, name):
    content = (whole / name).read_bytes()
    rng = np.random.default_rng(len(name))
    messages = []
    for number in range(12):
        copy = shutil.copytree(whole, tmp_path / str(number))
        damaged = bytearray(content)
        if number % 3 == 0:
            damaged = damaged[: int(rng.integers(len(damaged)))]
        else:
            begin = int(rng.integers(len(damaged)))
            size = int(rng.integers(1, 40))
            damaged[begin : begin + size] = rng.bytes(size)
        (copy / name).write_bytes(bytes(damaged))
        messages += refusals(copy)
    assert len(messages) >= 4
    assert all(str(tmp_path) in message for message in messages)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codebase_version": "v2.1"}, "codebase_version 'v2.1', expected 'v3.0'"),
        ({"total_episodes": 9}, "no such file"),
        ({"total_episodes": 2}, "says 2"),
        ({"total_frames": 5}, "says 3 with 5"),
        ({"fps": "fast"}, "fps is 'fast'"),
        ({"features": {}}, "features must describe"),
        ({"features": None}, "features must describe"),
        ({"data_path": 3}, "data_path is 3"),
        ({"data_path": "/etc/passwd"}, "data_path: found '/etc/passwd', expected a path inside the dataset"),
        ({"data_path": "../{file_index}.parquet"}, "data_path: found .*expected a path inside the dataset"),
        ({"data_path": "data\\..\\..\\x"}, "data_path: found"),
        ({"data_path": "C:/x"}, "data_path: found"),
        ({"data_path": "{chunk_index.__class__}/x"}, "no other fields than chunk_index, file_index"),
        ({"data_path": "{chunk_index[0]}/x"}, "no other fields than"),
        ({"data_path": "{chunk_index!r}/x"}, "no other fields than"),
        ({"data_path": "{chunk_index:999999999d}/x"}, "no other fields than"),
        ({"data_path": "{0.__class__}"}, "no other fields than"),
        ({"data_path": "{video_key}/x"}, "no other fields than"),
        ({"data_path": "{"}, "data_path: found"),
        ({"data_path": "a\0b"}, "data_path: found"),
        ({"video_path": "/videos/{video_key}.mp4"}, "video_path: found"),
        ({"video_path": "videos/{video_key.format}.mp4"}, "no other fields than chunk_index, file_index, video_key"),
        ({"video_path": 3}, "video_path: found 3"),
        ({"video_path": None}, "video_path: found none"),
    ],
)
def test_info_that_does_not_fit_is_reported(whole, tmp_path, change, message):
    copy = shutil.copytree(whole, tmp_path / "copy")
    info = json.loads((copy / "meta/info.json").read_text())
    (copy / "meta/info.json").write_text(json.dumps({**info, **change}))
    with pytest.raises(InputError, match=message):
        read_everything(copy)


def test_a_folder_without_dataset_is_reported(tmp_path):
    with pytest.raises(InputError, match=r"no meta/info\.json there"):
        Dataset(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        Dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["../../secret", "/secret", "a/b"])
def test_a_camera_whose_name_leads_out_of_the_dataset_is_refused(whole, tmp_path, name):
    copy = shutil.copytree(whole, tmp_path / "copy")
    info = json.loads((copy / "meta/info.json").read_text())
    info["features"][name] = info["features"]["observation.images.ego"]
    (copy / "meta/info.json").write_text(json.dumps(info))
    with pytest.raises(InputError, match="expected names that are no paths"):
        Dataset(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_named_pipe_or_a_huge_file_is_not_waited_for(whole, tmp_path, name):
    for number, put in enumerate((lambda path: os.mkfifo(path), lambda path: path.mkdir(), sparse)):
        copy = shutil.copytree(whole, tmp_path / str(number))
        (copy / name).unlink()
        put(copy / name)
        with pytest.raises(InputError) as caught:
            read_everything(copy)
        assert "\n" not in str(caught.value)


def sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(2**40)


@pytest.mark.parametrize("name", FILES)
def test_other_values_and_no_files_at_all(whole, tmp_path, name):
    rng = np.random.default_rng(len(name))
    messages = []
    for number, change in enumerate((*PUT, *[lambda path: damage(path, rng)] * 12)):
        copy = shutil.copytree(whole, tmp_path / str(number))
        change(copy / name)
        messages.append(outcome(lambda copy=copy: read_everything(copy)))
    assert all(messages[: len(PUT)])
    assert all(str(tmp_path) in message for message in messages if message)


@pytest.mark.parametrize("values", [["x"] * 3, [None, 0, 0], [0.5] * 3, [[0]] * 3])
def test_an_episode_table_of_other_types_names_the_column(whole, tmp_path, values):
    copy = shutil.copytree(whole, tmp_path / "copy")
    path = copy / "meta/episodes/chunk-000/file-000.parquet"
    table = pq.read_table(path, partitioning=None)
    place = table.column_names.index("data/file_index")
    pq.write_table(table.set_column(place, "data/file_index", pa.array(values)), path)
    with pytest.raises(InputError, match=r"data/file_index: found .*expected a whole number in every row"):
        read_everything(copy)


@pytest.mark.parametrize("values", [3, None, {"mean": "x"}, {"mean": [[1], [1, 2]]}])
def test_statistics_that_are_no_numbers_are_named(whole, tmp_path, values):
    copy = shutil.copytree(whole, tmp_path / "copy")
    stats = json.loads((copy / "meta/stats.json").read_text())
    (copy / "meta/stats.json").write_text(json.dumps({**stats, "action": values}))
    with pytest.raises(InputError, match=r"stats\.json: 'action'.*expected"):
        read_everything(copy)


STAGED = ("episode.json", "frames.parquet", "clouds.parquet", "observation.images.ego.mp4")


@pytest.mark.parametrize("name", STAGED)
def test_an_episode_that_waits_and_is_damaged_is_named_with_the_way_out(tmp_path, name):
    whole = tmp_path / "whole"
    record(whole, 0)
    record(whole, 1)
    file = Path(".staging/episode-00000001") / name
    content, rng = (whole / file).read_bytes(), np.random.default_rng(len(name))
    for number, put in enumerate((*PUT, *[None] * 12)):
        copy = shutil.copytree(whole, tmp_path / str(number))
        if put is not None:
            put(copy / file)
        else:
            (copy / file).write_bytes(content[: int(rng.integers(len(content)))])
        message = outcome(lambda copy=copy: DatasetWriter(copy).close())
        assert message.startswith(str(copy / file)), message
        assert message.endswith("; remove its folder to have the episode recorded again")
        assert not list(copy.rglob(".*.mp4.*"))
        shutil.rmtree((copy / file).parent)
        record(copy, 1)
        DatasetWriter(copy).close()
        assert Dataset(copy).num_episodes == 2
        read_everything(copy)


def test_a_video_of_an_episode_that_waits_is_copied_or_refused(tmp_path):
    record(tmp_path / "whole", 0)
    rng, messages = np.random.default_rng(0), []
    for number in range(60):
        copy = shutil.copytree(tmp_path / "whole", tmp_path / str(number))
        file = copy / ".staging/episode-00000000/observation.images.ego.mp4"
        damage(file, rng)
        messages.append(outcome(lambda copy=copy: DatasetWriter(copy).close()))
        assert not messages[-1] or messages[-1].startswith(str(file))
        assert not list(copy.rglob(".*.mp4.*"))
    assert 10 < sum(map(bool, messages)) < 60
