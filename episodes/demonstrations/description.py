"""What is in a dataset, in lines: of ours, and of any other in LeRobot's layout."""

import json
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError
from leo_agent.contract.json_file import read_json_object
from leo_agent.episodes.demonstrations.reader import Dataset
from leo_agent.episodes.demonstrations.schema import ACTION, CODEBASE_VERSION, OBJECTS, OBJECTS_DIGEST
from leo_agent.episodes.run_folder import CONFIG_FILE

_SHOWN_TASKS = 5
_FORMER = "as an earlier version wrote it ('leo-agent data merge' brings it up to date)"
_PARTS = ("data", "videos", "clouds")


def describe_dataset(folder: str | Path) -> str:
    """A few lines about a dataset; its frames and clouds are read and checked on the way.

    Raises:
        InputError: it is no dataset in LeRobot's layout, or its tables are damaged.
    """
    dataset = Dataset(folder)
    lines = {
        "layout": f"LeRobot {CODEBASE_VERSION}",
        "episodes": f"{dataset.num_episodes}, {dataset.num_frames} frames at {dataset.fps:g} a second",
        "tasks": _tasks(dataset),
        "actions": _actions(dataset),
        "cameras": _cameras(dataset),
        "clouds": _clouds(dataset),
        "columns": ", ".join(name for name in dataset.features if name not in dataset.image_keys),
        "size": ", ".join(f"{part} {_megabytes(dataset.path / part):.1f} MB" for part in _PARTS),
        "made by": _origin(dataset.path),
    }
    return "\n".join([str(dataset.path), *(f"  {name:9}{text}" for name, text in lines.items())])


def _tasks(dataset: Dataset) -> str:
    texts = [json.dumps(text, ensure_ascii=False) for text in list(dataset.tasks.values())[:_SHOWN_TASKS]]
    more = ["…"] if len(dataset.tasks) > _SHOWN_TASKS else []
    return f"{len(dataset.tasks)}: {', '.join(texts + more)}"


def _actions(dataset: Dataset) -> str:
    feature = dataset.features.get(ACTION)
    if feature is None:
        return "none"
    form = f"{feature['dtype']} {feature['shape']}"
    try:
        body = dataset.embodiment
    except InputError:
        return f"{form}, of a body that this project does not know"
    earlier = "" if tuple(feature.get("names") or ()) == body.action_names else f", {_FORMER}"
    return f"{form}, of the embodiment {body.name}{earlier}"


def _cameras(dataset: Dataset) -> str:
    described = []
    for name in dataset.image_keys:
        feature = dataset.features[name]
        channels_first = (feature.get("names") or [""])[0] in ("channel", "channels")
        height, width = feature["shape"][1:3] if channels_first else feature["shape"][:2]
        codec = (feature.get("info") or {}).get("video.codec", "unknown codec")
        described.append(f"{name} {height} x {width} {codec}")
    return ", ".join(described) or "none in videos"


def _clouds(dataset: Dataset) -> str:
    if OBJECTS not in dataset.features:
        return "none: recorded without objects, so LEO cannot be trained on it"
    try:
        clouds = dataset.clouds
    except InputError as problem:
        return f"none that can be used: {problem}"
    tied = "each frame tied to its own" if OBJECTS_DIGEST in dataset.features else _FORMER
    return f"{len(clouds)} of {clouds.xyz.shape[1]} points, {tied}"


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _origin(folder: Path) -> str:
    """What config.json says of the run that recorded it."""
    path = folder / CONFIG_FILE
    if not path.is_file():
        return "unknown: no config.json, which LeRobot's tools leave out"
    config = read_json_object(path)
    told = config.get("run")
    run: dict[str, Any] = told if isinstance(told, dict) else {}
    if isinstance(merged := run.get("merged"), list):
        names = [str(part.get("dataset")) for part in merged if isinstance(part, dict)]
        return f"leo-agent data merge, of {', '.join(names)}"
    return f"leo-agent {config.get('leo_agent', 'of an unknown version')}, {run.get('env', 'unknown environment')}"
