"""What every observation holds: one dictionary for all worlds, and the spaces of its keys.

| key | shape, dtype | meaning |
|---|---|---|
| `image` | (H, W, 3) uint8 | RGB of the agent's or the task's camera |
| `depth` | (H, W) float32 | metres along the optical axis of the same camera; 0 = no hit |
| `segmentation` | (H, W) int32 | instance id of each pixel, 0 = background |
| `object_points` | (N, P, 6) float32 | of each object: xyz in metres, world frame, and rgb in [0, 1] |
| `object_boxes` | (N, 6) float32 | middle xyz and extents of the box around all of the object, metres, world frame |
| `object_mask` | (N,) bool | which of the N slots hold an object |
| `object_ids` | (N,) int64 | the same for an object all through its episode |
| `agent_position` | (3,) float32 | metres, world frame |
| `agent_rotation` | (4,) float32 | quaternion x, y, z, w, world frame |
| `instruction` | str | what is asked for, in words |

World frames: +Y up in navigation (Habitat's), +Z up on the tabletop (CLIPort's); see `Embodiment.up_axis`. Objects
that did not change may be handed over as the same arrays. All arrays are read-only: writing to one raises ValueError,
and who wants to change one makes a copy. An environment may have more keys; navigation has Habitat's sensors, the
tabletop `color_map` and `height_map`. The rollout adds `slot`, `episode_seed` and, for a policy that needs it,
`expert_action` (see `leo_agent.contract.policy`).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, overload

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import read_from_shared_memory

Observation = Mapping[str, Any]

CAMERA_KEYS = ("image", "depth", "segmentation")
OBJECT_KEYS = ("object_points", "object_boxes", "object_mask", "object_ids")
AGENT_KEYS = ("agent_position", "agent_rotation")
NUM_OBJECTS, NUM_POINTS = 60, 1024  # LEO's (arXiv 2311.12871)


def camera_spaces(width: int, height: int) -> dict[str, spaces.Space[Any]]:
    """Spaces of `CAMERA_KEYS`, sizes in pixels."""
    return {
        "image": spaces.Box(0, 255, (height, width, 3), np.uint8),
        "depth": spaces.Box(0.0, np.inf, (height, width), np.float32),
        "segmentation": spaces.Box(0, np.iinfo(np.int32).max, (height, width), np.int32),
    }


def object_spaces(num_objects: int, num_points: int) -> dict[str, spaces.Space[Any]]:
    """Spaces of `OBJECT_KEYS`."""
    return {
        "object_points": unbounded(num_objects, num_points, 6),
        "object_boxes": unbounded(num_objects, 6),
        "object_mask": spaces.Box(0, 1, (num_objects,), np.bool_),
        "object_ids": spaces.Box(0, 2**62, (num_objects,), np.int64),
    }


def agent_spaces() -> dict[str, spaces.Space[Any]]:
    """Spaces of `AGENT_KEYS`."""
    return {"agent_position": unbounded(3), "agent_rotation": spaces.Box(-1.0, 1.0, (4,), np.float32)}


def unbounded(*shape: int) -> spaces.Box:
    """Any float32 numbers of that shape."""
    return spaces.Box(-np.inf, np.inf, shape, np.float32)


class InstructionSpace(spaces.Text):
    """A `Text` that AsyncVectorEnv reads anew at every step.

    Of a plain `Text` Gymnasium (1.0 to 1.4.0) reads the shared memory once, when the vector environment is made and
    nothing was written yet: every text is then the space's first character, `max_length` times, in all observations.
    """


class _SharedTexts(Sequence[str]):
    """The texts that are in shared memory now; a copy of it, which `AsyncVectorEnv(copy=True)` makes, is a tuple."""

    def __init__(self, read: Callable[[], tuple[str, ...]]) -> None:
        self._read = read

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._read()[index]

    def __repr__(self) -> str:
        return repr(self._read())

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self._read()),)


@read_from_shared_memory.register(InstructionSpace)
def _read(space: InstructionSpace, shared_memory: Any, n: int = 1) -> Sequence[str]:
    plain: Callable[..., Any] = read_from_shared_memory.dispatch(spaces.Text)
    return _SharedTexts(partial(plain, space, shared_memory, n))


def instruction_space(instructions: Sequence[str]) -> InstructionSpace:
    """The space of these texts."""
    characters = sorted(set("".join(instructions)))
    return InstructionSpace(max_length=max(map(len, instructions)), charset="".join(characters))
