"""Prepared clouds in the cache folder: the right ones, checked, made anew where they are damaged."""

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from leo_agent.contract.errors import InputError, OutputError
from leo_agent.episodes.demonstrations import clouds
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.tables import column_array, column_values
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.locations import centroids
from leo_agent.train.samples import cloud_store
from leo_agent.train.samples.cloud_store import stored_clouds
from tests.episodes.rewriting import CLOUDS, DATA, as_an_earlier_version, put_boxes_around_clouds, reordered, rewrite
from tests.leo_agent.train.samples.sources import recorded
from tests.policies.leo import tiny

POINTS = tiny.config().points


@pytest.fixture
def dataset(tmp_path) -> Dataset:
    return Dataset(recorded(tmp_path / "data", tabletop=True))


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(cloud_store, "CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("at_once", [1, 4, 1024])
def test_they_are_those_of_the_dataset_in_its_order(dataset, cache, monkeypatch, at_once):
    monkeypatch.setattr(clouds, "_CLOUDS_AT_ONCE", at_once)
    stored, table = stored_clouds(dataset, POINTS), dataset.clouds
    expected = prepare_clouds(table.points(np.arange(len(table))), POINTS, "z", np.float16)
    assert len(table) > 3
    assert np.array_equal(stored.clouds, expected)
    assert np.array_equal(stored.centroids, centroids(table.xyz))
    assert isinstance(stored.clouds, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        stored.clouds[0] = 0


def test_they_are_made_once_for_all_readers(dataset, cache, monkeypatch):
    made, real = [], cloud_store._make
    monkeypatch.setattr(cloud_store, "_make", lambda *given: (made.append(None), real(*given)))
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda _: stored_clouds(Dataset(dataset.path), POINTS).clouds, range(4)))
    assert len(made) == 1
    assert all(np.array_equal(each, stored[0]) for each in stored)


@pytest.mark.parametrize("part", ["clouds.npy", "centroids.npy", "hash"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_what_is_damaged_is_made_anew(dataset, cache, caplog, part, damage):
    before = np.array(stored_clouds(dataset, POINTS).clouds)
    (path,) = cache.rglob(part)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    assert np.array_equal(stored_clouds(Dataset(dataset.path), POINTS).clouds, before)
    assert path.read_bytes() == content
    assert "damaged; it is made again" in caplog.text


def test_clouds_of_other_frames_are_refused_and_nothing_is_kept(dataset, cache):
    order = np.arange(len(dataset.clouds))[::-1].tolist()
    rewrite(dataset.path / CLOUDS, reordered(order))
    with pytest.raises(InputError, match=r"not the clouds of this dataset: frame 0 \(episode 0\) means others"):
        stored_clouds(Dataset(dataset.path), POINTS)
    assert not list(cache.rglob("*.npy"))


def test_clouds_of_an_earlier_version_are_told_by_their_place(tmp_path, cache):
    folder = recorded(tmp_path / "walks")
    put_boxes_around_clouds(folder)
    as_an_earlier_version(folder)
    assert len(stored_clouds(Dataset(folder), POINTS).clouds)
    rewrite(folder / CLOUDS, _elsewhere)
    with pytest.raises(InputError, match="not the clouds of this dataset"):
        stored_clouds(Dataset(folder), POINTS)


def _elsewhere(table: pa.Table) -> pa.Table:
    xyz, rgb = column_values(table.column("xyz")) + np.float32(50), column_values(table.column("rgb"))
    names = [clouds.cloud_hash(points, colors) for points, colors in zip(xyz, rgb, strict=True)]
    return pa.table({"hash": names, "xyz": column_array(xyz), "rgb": column_array(rgb)})


def test_a_full_disk_is_one_line(dataset, cache, monkeypatch):
    def full(folder: Path) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cloud_store, "_hash", full)
    with pytest.raises(OutputError, match=r"cannot be written there \(No space left on device\); the environment"):
        stored_clouds(dataset, POINTS)
    assert not list(cache.rglob("*.npy"))


def test_the_digest_changes_with_the_content_and_not_with_the_place(dataset, tmp_path):
    copied = shutil.copytree(dataset.path, tmp_path / "elsewhere")
    assert Dataset(copied).digest == dataset.digest
    rewrite(copied / DATA, lambda table: table.set_column(0, table.column_names[0], table.column(0)))
    digests = {dataset.digest}
    for number, change in enumerate(("data", "meta/tasks.parquet", "clouds", "videos")):
        copied = shutil.copytree(dataset.path, tmp_path / f"copy{number}")
        path = copied / change
        path = path if path.is_file() else next(each for each in sorted(path.rglob("*.*")) if each.is_file())
        path.write_bytes(path.read_bytes() + b"\0")
        digests.add(Dataset.digest.func(_at(dataset, copied)))
    assert len(digests) == 5


def _at(dataset: Dataset, folder: Path) -> Dataset:
    """The same dataset elsewhere, whose files are not read again."""
    other = object.__new__(Dataset)
    other.__dict__.update({**dataset.__dict__, "path": folder})
    return other
