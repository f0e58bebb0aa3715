"""habitat-lab's measures, made to be numbers in every episode."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy as np
from leo_agent.envs.navigation.measures.measures import MeasureTracker


class GuardedMeasure:
    """A habitat-lab measure that is NaN where it divides by zero: its SPL does where the start is at a goal."""

    def __init__(self, measure: Any) -> None:
        self._measure = measure
        self._is_defined = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._measure, name)

    def reset_metric(self, *args: Any, **kwargs: Any) -> None:
        self._run(self._measure.reset_metric, args, kwargs)

    def update_metric(self, *args: Any, **kwargs: Any) -> None:
        self._run(self._measure.update_metric, args, kwargs)

    def get_metric(self) -> Any:
        return self._measure.get_metric() if self._is_defined else math.nan

    def _run(self, action: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            action(*args, **kwargs)
            self._is_defined = True
        except ZeroDivisionError:
            self._is_defined = False


def guard(measurements: Any) -> None:
    """Guards all measures of a habitat-lab task."""
    measurements.measures = OrderedDict((name, GuardedMeasure(one)) for name, one in measurements.measures.items())


def finite_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The metrics that are finite numbers; those inside a dictionary are named `outer.inner`, but for the count of
    collisions, which is `collisions`.
    """
    finite: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            inner = {f"{name}.{key}": entry for key, entry in value.items()}
            if name == "collisions" and "collisions.count" in inner:
                inner = {"collisions": inner["collisions.count"]}
            finite.update(finite_metrics(inner))
        elif isinstance(value, (Real, np.bool_)) and math.isfinite(value):
            finite[str(name)] = float(value)
    return finite


class LabMeasures(MeasureTracker):
    """The measures that habitat-lab computed, and our own where it has none or no finite number.

    `metrics` gives habitat-lab's of the moment.
    """

    def __init__(
        self,
        metrics: Callable[[], Mapping[str, Any]],
        geodesic_distance: Callable[[np.ndarray], float],
        position: np.ndarray,
    ) -> None:
        super().__init__(geodesic_distance, position)
        self._metrics = metrics
        self.finite: dict[str, float] = {}
        self._take()
        self.start_distance_m = self.distance_m

    def update(self, position: np.ndarray, collided: bool = False, stop_called: bool = False) -> None:
        super().update(position, collided, stop_called)
        self._take()

    def values(self) -> dict[str, float]:
        """Those of `MeasureTracker`, and whatever else the configuration measures."""
        return {**super().values(), **self.finite}

    def _take(self) -> None:
        self.finite = finite_metrics(self._metrics())
        self.distance_m = self.finite.get("distance_to_goal", self.distance_m)
        self.success = self.finite.get("success", self.success)
        self.distance_to_goal_reward = self.finite.get("distance_to_goal_reward", self.distance_to_goal_reward)
