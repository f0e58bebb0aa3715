"""The prepared clouds of a dataset, made once and kept in the cache folder, from which they are mapped into memory."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from leo_agent.contract.errors import InputError, OutputError
from leo_agent.contract.files import hash_files
from leo_agent.envs.cache_folder import cache_folder, kept
from leo_agent.episodes.demonstrations.clouds import CloudSummary, check_clouds, cloud_parts
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import OBJECT_BOXES, OBJECTS, OBJECTS_DIGEST
from leo_agent.episodes.demonstrations.tables import count_rows
from leo_agent.policies.leo.config.config import PointEncoderConfig
from leo_agent.policies.leo.model.point_encoder import prepare_clouds
from leo_agent.policies.leo.scenes.locations import centroids

LOG = logging.getLogger(__name__)
CACHE = "training"
"""Folder of what training keeps in the cache folder."""
_CLOUDS, _CENTROIDS, _HASH = "clouds.npy", "centroids.npy", "hash"
_FORMAT = 1  # of what is kept; counts up when it changes


@dataclass(frozen=True, eq=False)
class StoredClouds:
    """The clouds of a dataset as the point encoder wants them."""

    clouds: np.ndarray  # (C, num_points, 6) float16, mapped, read-only
    centroids: np.ndarray  # (C, 3) means of the points as they were recorded, metres, world frame


def stored_clouds(dataset: Dataset, config: PointEncoderConfig) -> StoredClouds:
    """The clouds of a dataset, which are checked against all of its frames before they are kept.

    Raises:
        InputError: there are none, one is damaged, or they are not those that the frames were recorded with.
        OutputError: the cache folder cannot be written.
    """
    name = f"{CACHE}/{dataset.digest}/clouds-{config.num_points}-{_FORMAT}"
    if (cache_folder() / name).exists() and not _is_whole(cache_folder() / name):
        LOG.warning("%s: damaged; it is made again", cache_folder() / name)
        shutil.rmtree(cache_folder() / name, ignore_errors=True)
    folder = kept_or_told(name, lambda path: _make(dataset, config, path))
    clouds = np.load(folder / _CLOUDS, mmap_mode="r")
    return StoredClouds(clouds, np.load(folder / _CENTROIDS))


def kept_or_told(name: str, make: Callable[[Path], None]) -> Path:
    """As `kept`.

    Raises:
        OutputError: the cache folder cannot be written.
    """
    try:
        return kept(name, make)
    except InputError as error:
        if isinstance(error.__cause__, OSError):
            raise OutputError(str(error)) from error
        raise


def _is_whole(folder: Path) -> bool:
    try:
        return (folder / _HASH).read_text(encoding="ascii") == _hash(folder)
    except (OSError, ValueError, InputError):
        return False


def _hash(folder: Path) -> str:
    return hash_files([folder / _CLOUDS, folder / _CENTROIDS])


def _make(dataset: Dataset, config: PointEncoderConfig, folder: Path) -> None:
    """Writes piece by piece, not through a map: a full disk is then an error, not the end of the process."""
    folder.mkdir()
    up_axis, paths = dataset.embodiment.up_axis, dataset.cloud_paths
    count = sum(map(count_rows, paths))
    hashes: list[str] = []
    means = np.zeros((count, 3), np.float32)
    what = f"clouds of {dataset.path.name}"
    with open(folder / _CLOUDS, "wb") as file, tqdm(total=count, desc=what, unit="cloud", delay=2) as progress:
        shape = (count, config.num_points, 6)
        np.lib.format.write_array_header_1_0(file, {"descr": "<f2", "fortran_order": False, "shape": shape})
        for names, xyz, rgb in cloud_parts(paths):
            points = np.concatenate([xyz, rgb / np.float32(255)], axis=-1)
            file.write(prepare_clouds(points, config, up_axis, np.float16).astype("<f2").tobytes())
            means[len(hashes) : len(hashes) + len(names)] = centroids(xyz)
            hashes += names
            progress.update(len(names))
    np.save(folder / _CENTROIDS, means)
    _check(dataset, CloudSummary(hashes, means))
    (folder / _HASH).write_text(_hash(folder), encoding="ascii")


def _check(dataset: Dataset, clouds: CloudSummary) -> None:
    """That every frame's rows name its own clouds, one file of frames at a time."""
    files = dataset.frame_files
    wanted = [name for name in (OBJECTS, OBJECT_BOXES, OBJECTS_DIGEST) if name in files.names]
    if OBJECTS_DIGEST in wanted:
        wanted.remove(OBJECT_BOXES)  # of the older check alone
    for number in tqdm(range(len(files)), desc=f"frames of {dataset.path.name}", unit="file", delay=2):
        check_clouds(dataset.path, files.read(number, [*wanted, "episode_index"]), clouds)
