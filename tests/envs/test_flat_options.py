"""Options that are fields of dataclasses are given, listed and refused one by one."""

import inspect
from dataclasses import dataclass
from typing import Any

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.envs.flat_options import check_known, flat_signature, take_group


@dataclass(frozen=True)
class Lens:
    focal_mm: float = 35.0
    stops: int | None = None


@dataclass(frozen=True)
class Body:
    weight_kg: float = 1.0


class Camera:
    def __init__(self, name: str, shots: "int" = 3, **options: Any) -> None:
        self.name, self.shots = name, shots


def test_a_signature_names_every_field():
    parameters = flat_signature(Camera.__init__, [Lens, Body]).parameters
    assert list(parameters) == ["name", "shots", "focal_mm", "stops", "weight_kg"]
    assert parameters["name"].default is inspect.Parameter.empty
    assert (parameters["stops"].default, parameters["weight_kg"].default) == (None, 1.0)
    assert parameters["shots"].annotation is int
    assert parameters["stops"].annotation == int | None


def test_each_group_takes_its_own():
    options = {"stops": 8, "weight_kg": 2.0}
    assert take_group(Lens, options) == Lens(stops=8)
    assert take_group(Body, options) == Body(2.0)


def test_others_are_refused():
    check_known("camera", {"stops": 8}, [Lens, Body])
    with pytest.raises(InputError, match=r"^zoom: camera has no such option; .* focal_mm, stops, weight_kg"):
        check_known("camera", {"stops": 8, "zoom": 2}, [Lens, Body])
