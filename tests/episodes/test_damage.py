"""Damaged or incomplete datasets are reported in a line that names the file."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from leo_agent.contract.errors import InputError
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.writer import DatasetWriter
from tests.episodes.demonstrations import record

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
