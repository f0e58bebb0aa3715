"""Small demonstrations of both worlds for the tests of the dataset."""

from pathlib import Path
from typing import Any

import numpy as np

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.tabletop import TabletopEmbodiment
from leo_agent.episodes.demonstrations.recorder import DemonstrationRecorder

NUM_OBJECTS, NUM_POINTS = 5, 16
STATIC_POINTS = np.random.default_rng(9).random((NUM_OBJECTS, NUM_POINTS, 6)).astype(np.float32)
MASK = np.array([True, True, True, False, False])


def observation(rng: np.random.Generator, tabletop: bool, step: int) -> dict[str, Any]:
    """One observation with the keys of the contract; on the tabletop the first object moves each step."""
    points = STATIC_POINTS
    if tabletop:
        points = STATIC_POINTS.copy()
        points[0, :, :3] += step
    seen: dict[str, Any] = {
        "image": np.full((24, 32, 3), rng.integers(256), np.uint8),
        "depth": np.zeros((24, 32), np.float32),
        "object_points": points,
        "object_boxes": rng.random((NUM_OBJECTS, 6)).astype(np.float32),
        "object_mask": MASK,
        "object_ids": np.array([4, 7, 9, 0, 0]),
        "agent_position": rng.random(3).astype(np.float32),
        "agent_rotation": np.array([0, 0, 0, 1], np.float32),
        "instruction": f"do part {step // 2}" if tabletop else "find a chair",
    }
    if tabletop:
        seen["color_map"] = np.full((32, 16, 3), rng.integers(256), np.uint8)
    else:
        seen["gps"], seen["compass"] = rng.random(2).astype(np.float32), rng.random(1).astype(np.float32)
    return seen


def action(rng: np.random.Generator, tabletop: bool) -> Any:
    """A random action of that world."""
    if tabletop:
        return {name: rng.random(7).astype(np.float32) for name in ("pick", "place")}
    return int(rng.integers(4))


def embodiment_of(tabletop: bool) -> Embodiment:
    """The body of that world."""
    return TabletopEmbodiment() if tabletop else NavigationEmbodiment()


def record(dataset: Path, order: int, length: int = 4, tabletop: bool = False) -> list[dict[str, Any]]:
    """Records one episode, which then waits for the writer; gives what was recorded."""
    rng = np.random.default_rng([order, tabletop])
    recorder = DemonstrationRecorder(dataset, order, embodiment_of(tabletop))
    frames = []
    for step in range(length):
        last = step == length - 1
        frame = {
            "observation": observation(rng, tabletop, step),
            "action": action(rng, tabletop),
            "expert_action": action(rng, tabletop),
            "reward": float(rng.random()),
            "done": last,
            "success": last and order % 2 == 0,
        }
        recorder.add(**frame)
        frames.append(frame)
    recorder.commit({"scene": None if tabletop else "house", "measures": {"success": 1.0}, "seed": order})
    return frames
