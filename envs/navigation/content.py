"""What navigation episodes are made from, by the content of the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import hash_files
from leo_agent.envs.navigation.episodes.collection import EpisodeCollection
from leo_agent.envs.navigation.simulators import SimulatorConfig
from leo_agent.envs.scenes.dataset import find_scene
from leo_agent.envs.scenes.meshes.mesh_files import MESH_ENDINGS, mesh_files
from leo_agent.envs.scenes.paths import is_file
from leo_agent.envs.scenes.stage_files import SceneFiles
from leo_agent.envs.waiting import waiting


def content_hashes(episodes: EpisodeCollection[Any], config: SimulatorConfig, scenes: Sequence[str]) -> dict[str, str]:
    """Hashes of the episode files of the split ("episodes") and of each scene ("scene NAME"): meshes, navmesh, names.

    Every byte is read. What is made on demand is known by its houses. A scene whose files are not found has no
    hash: its first episode will say so.
    """
    with waiting("reading the dataset"):
        hashes = {"episodes": hash_files(filter(is_file, episodes.stored_files))}
        for scene in scenes:
            first = episodes.in_scene(scene)[0]
            try:
                files = find_scene(config.scenes, first.scene_id, first.scene_dataset_config)
                hashes[f"scene {scene}"] = _scene_hash(files)
            except InputError:
                continue
    return hashes


def _scene_hash(files: SceneFiles) -> str:
    """Of the files, and of what the configuration says of them, wherever it says that."""
    paths, settings = _content(files)
    for placed in files.objects:
        more_paths, more_settings = _content(placed)
        paths |= more_paths
        settings += more_settings
    meshes = [mesh_files(path, files.root) for path in paths if path.suffix in MESH_ENDINGS]
    return hash_files(paths.union(*meshes), "\n".join(settings).encode("utf-8", "surrogateescape"))


def _content(described: Any) -> tuple[set[Path], list[str]]:
    """The paths in a dataclass, and its other values as text."""
    values = {each.name: getattr(described, each.name) for each in fields(described)}
    paths = {value for name, value in values.items() if isinstance(value, Path) and name != "root"}
    plain = [
        f"{name}: {value.tolist() if isinstance(value, np.ndarray) else value!r}"
        for name, value in values.items()
        if not isinstance(value, Path | tuple)
    ]
    return paths, plain
