"""habitat-lab's measures, made to be numbers in every episode."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from leo_agent.envs.navigation.measures import NavigationMeasure
from leo_agent.envs.navigation.measures.tracker import MeasureTracker


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
    """The metrics that are finite numbers.

    Those inside a dictionary are named `outer.inner`, but for the count of collisions, which is `collisions`.
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

    Args:
        metrics: returns habitat-lab's own, as they are now.
        geodesic_distance: as of MeasureTracker, like the rest.
        position: where the agent starts.
        measures: our own.
        success_distance_m: of our own success.
    """

    def __init__(
        self,
        metrics: Callable[[], Mapping[str, Any]],
        geodesic_distance: Callable[[ArrayLike], float],
        position: ArrayLike,
        measures: Sequence[NavigationMeasure],
        success_distance_m: float,
    ) -> None:
        super().__init__(geodesic_distance, position, measures, success_distance_m)
        self._metrics = metrics
        self._finite: dict[str, float] = {}
        self._take()
        self.state.start_distance_m = self.state.distance_m

    def update(self, position: ArrayLike, action: int, collided: bool = False) -> None:
        super().update(position, action, collided)
        self._take()

    @property
    def distance_gained_m(self) -> float:
        return self._finite.get("distance_to_goal_reward", super().distance_gained_m)

    def values(self) -> dict[str, float]:
        """Those of `MeasureTracker`, and whatever else the configuration measures."""
        return {**super().values(), **self._finite}

    def _take(self) -> None:
        self._finite = finite_metrics(self._metrics())
        self.state.distance_m = self._finite.get("distance_to_goal", self.state.distance_m)
        self.state.success = self._finite.get("success", self.state.success)
