"""The observation space of the tabletop: the contract's keys, the maps from above and the cameras asked for."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
from gymnasium import spaces

from leo_agent.contract.observation import InstructionSpace, agent_spaces, camera_spaces, object_spaces
from leo_agent.contract.tabletop import BOUNDS_M, MAP_SHAPE
from leo_agent.envs.tabletop.observation.observer import ObservationOptions
from leo_agent.envs.tabletop.visuals.cameras import IMAGE_SIZE

INSTRUCTION_CHARACTERS = string.ascii_letters + string.digits + " .,'-"
INSTRUCTION_LENGTH = 256


def observation_space(options: ObservationOptions) -> spaces.Dict:
    """The keys that are always there, and those of the named cameras of CLIPort's."""
    keys: dict[str, spaces.Space[Any]] = {
        **camera_spaces(options.width, options.height),
        "color_map": spaces.Box(0, 255, (*MAP_SHAPE, 3), np.uint8),
        "height_map": spaces.Box(0.0, BOUNDS_M[2][1], MAP_SHAPE, np.float32),
        **object_spaces(options.num_objects, options.num_points),
        **agent_spaces(),
        "instruction": InstructionSpace(INSTRUCTION_LENGTH, charset=INSTRUCTION_CHARACTERS),
    }
    for name in options.cameras:
        keys |= {f"{key}_{name}": space for key, space in camera_spaces(*IMAGE_SIZE).items()}
    return spaces.Dict(keys)
