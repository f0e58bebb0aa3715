"""What a frame of a demonstration holds: column names, shapes, and where the files of a dataset lie.

The layout is LeRobot's dataset v3 (huggingface/lerobot, `codebase_version` v3.0), to which `clouds/` adds the object
point clouds. One frame is one step; `timestamp` counts steps at a nominal rate, not simulated seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leo_agent.episodes.demonstrations.video import CODEC, PIXEL_FORMAT

CODEBASE_VERSION = "v3.0"
FPS = 10  # nominal: frames are steps
FILES_PER_CHUNK = 1000
FRAMES_PER_FILE = 20_000
ORDER = "leo/order"  # of the episode table: the place of an episode in the plan of its collection

INFO_PATH = "meta/info.json"
STATS_PATH = "meta/stats.json"
TASKS_PATH = "meta/tasks.parquet"
STAGING_DIR = ".staging"
_NUMBERED = "chunk-{chunk_index:03d}/file-{file_index:03d}"
EPISODES_PATH = f"meta/episodes/{_NUMBERED}.parquet"
DATA_PATH = f"data/{_NUMBERED}.parquet"
VIDEO_PATH = f"videos/{{video_key}}/{_NUMBERED}.mp4"
CLOUDS_PATH = f"clouds/{_NUMBERED}.parquet"

# Observation keys of the contract that are recorded, and the columns that hold them.
IMAGE_COLUMNS = {"image": "observation.images.ego", "color_map": "observation.images.top"}
VECTOR_COLUMNS = {"gps": "observation.gps", "compass": "observation.compass"}
STATE, ACTION, EXPERT_ACTION = "observation.state", "action", "expert_action"
OBJECTS, OBJECT_IDS, OBJECT_BOXES = "observation.objects", "observation.object_ids", "observation.object_boxes"
# What ties a frame to its clouds wherever a tool moves it: see `clouds.frame_digests`.
OBJECTS_DIGEST = "objects_digest"

_NAMES = {
    STATE: ["x", "y", "z", "qx", "qy", "qz", "qw"],
    "observation.gps": ["gps_0", "gps_1"],
    "observation.compass": ["compass"],
}


@dataclass(frozen=True)
class Column:
    """Type and shape of one column of the frame table; shape (1,) is stored as a plain value."""

    dtype: str
    shape: tuple[int, ...]


BOOKKEEPING = {
    "timestamp": Column("float32", (1,)),
    "frame_index": Column("int64", (1,)),
    "episode_index": Column("int64", (1,)),
    "index": Column("int64", (1,)),
    "task_index": Column("int64", (1,)),
}
RESULT = {
    "next.reward": Column("float32", (1,)),
    "next.done": Column("bool", (1,)),
    "next.success": Column("bool", (1,)),
}


def frame_columns(observation: Mapping[str, Any], action: NDArray[Any]) -> dict[str, Column]:
    """Columns of the frame table for such observations and action vectors (images lie in videos)."""
    objects = len(observation["object_mask"])
    columns = {STATE: Column("float32", (7,))}
    for key, name in VECTOR_COLUMNS.items():
        if key in observation:
            columns[name] = Column("float32", (int(np.size(observation[key])),))
    columns[ACTION] = columns[EXPERT_ACTION] = Column(str(action.dtype), action.shape)
    columns[OBJECTS] = columns[OBJECT_IDS] = Column("int64", (objects,))
    columns[OBJECT_BOXES] = Column("float32", (objects * 6,))
    columns[OBJECTS_DIGEST] = Column("int64", (1,))
    return {**columns, **RESULT, **BOOKKEEPING}


def features(
    columns: Mapping[str, Column], image_shapes: Mapping[str, tuple[int, ...]], action_names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The `features` of info.json; `action_names` are those of the embodiment's action vector."""
    described: dict[str, dict[str, Any]] = {}
    for key, (height, width, channels) in image_shapes.items():
        described[key] = {
            "dtype": "video",
            "shape": [height, width, channels],
            "names": ["height", "width", "channels"],
            "info": {
                "video.height": height,
                "video.width": width,
                "video.channels": channels,
                "video.codec": CODEC,
                "video.pix_fmt": PIXEL_FORMAT,
                "is_depth_map": False,
                "video.fps": FPS,
                "has_audio": False,
            },
        }
    names = {**_NAMES, ACTION: list(action_names), EXPERT_ACTION: list(action_names)}
    for key, column in columns.items():
        described[key] = column_feature(column, names.get(key))
    return described


def column_feature(column: Column, names: Sequence[str] | None = None) -> dict[str, Any]:
    """A column of the frame table as info.json describes it."""
    return {"dtype": column.dtype, "shape": list(column.shape), "names": names}


def new_info(described: Mapping[str, Any], fps: float = FPS) -> dict[str, Any]:
    """info.json of a dataset with these features that holds nothing yet."""
    has_videos = any(feature["dtype"] == "video" for feature in described.values())
    return {
        "codebase_version": CODEBASE_VERSION,
        "robot_type": None,
        "total_episodes": 0,
        "total_frames": 0,
        "total_tasks": 0,
        "chunks_size": FILES_PER_CHUNK,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": fps,
        "splits": {},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if has_videos else None,
        "features": described,
    }


def numbered(template: str, number: int, **names: str) -> str:
    """Path of the file with this running number, which counts through the chunks."""
    chunk, file = divmod(number, FILES_PER_CHUNK)
    return template.format(chunk_index=chunk, file_index=file, **names)
