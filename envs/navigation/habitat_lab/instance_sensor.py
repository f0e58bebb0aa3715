"""habitat-lab's semantic sensor with a space that numpy 2 takes: its own one puts 2^32 - 1 into an int32."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

SENSOR_NAME = "LeoInstanceSensor"


def register_instance_sensor() -> str:
    """Registers the sensor with habitat-lab and gives its type for configurations; it does what the original does."""
    registry = importlib.import_module("habitat.core.registry").registry
    if registry.get_sensor(SENSOR_NAME) is None:
        original: Any = importlib.import_module("habitat.sims.habitat_simulator.habitat_simulator")
        box = importlib.import_module("gym").spaces.Box

        class InstanceSensor(original.HabitatSimSemanticSensor):  # type: ignore[misc]  # of an untyped library
            def _get_observation_space(self, *args: Any, **kwargs: Any) -> Any:
                return box(0, np.iinfo(np.int32).max, (self.config.height, self.config.width, 1), np.int32)

        registry.register_sensor(InstanceSensor, name=SENSOR_NAME)
    return SENSOR_NAME
