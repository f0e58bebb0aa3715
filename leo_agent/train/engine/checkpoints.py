"""The state of a run on disk, from which it goes on bit for bit; written aside and renamed, so that it is whole.

`checkpoints/STEP/` holds `trained.safetensors` (what is trained, and the statistics beside it, in float32),
`optimizer.safetensors` (AdamW's moments) and `state.json`. Random numbers are no part of it: what a step draws follows
from the seed and its number.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from leo_agent.contract.errors import InputError, OutputError, reason
from leo_agent.contract.files import aside_of, write_file
from leo_agent.contract.json_file import read_json_object
from leo_agent.policies.leo.weights.tensor_files import open_tensors

FOLDER, TRAINED, OPTIMIZER, STATE = "checkpoints", "trained.safetensors", "optimizer.safetensors", "state.json"


@dataclass(frozen=True)
class Position:
    """How far a run is."""

    stage: int = 0  # number of the stage
    step: int = 0  # steps done in it
    steps_before: int = 0  # of the stages before
    log_bytes: int = 0  # of the log's lines so far
    window: dict[str, float] = field(default_factory=dict)  # sums of the figures since the log's last line

    @property
    def total(self) -> int:
        """Steps done in all stages."""
        return self.steps_before + self.step


def write_checkpoint(
    run: Path, position: Position, trained: Mapping[str, Tensor], optimizer: torch.optim.Optimizer, names: list[str]
) -> None:
    """Writes one, and then takes away those before it.

    Args:
        run: folder of the run.
        position: how far it is.
        trained: tensors by name.
        optimizer: of the stage.
        names: of the parameters that it optimises, in its order.

    Raises:
        OutputError: the disk is full, or the like; the checkpoint before stands.
    """
    place = run / FOLDER / f"{position.total:09d}"
    aside = aside_of(place)
    try:
        aside.mkdir(parents=True)
        _save(aside / TRAINED, trained)
        _save(aside / OPTIMIZER, _moments(optimizer, names))
        write_file(aside / STATE, (json.dumps(asdict(position)) + "\n").encode())
        if place.exists():  # of a run that was stopped right after it and went on
            shutil.rmtree(place)
        os.replace(aside, place)
    except (OSError, SafetensorError, OutputError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise OutputError(f"{place}: cannot be written ({reason(error)}); the checkpoint before stands") from error
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    for each in place.parent.iterdir():
        if each != place:
            shutil.rmtree(each, ignore_errors=True)


def newest_checkpoint(run: Path) -> Path | None:
    """The last whole checkpoint of a run."""
    found = [path for path in (run / FOLDER).glob("*") if path.name.isdigit() and (path / STATE).is_file()]
    return max(found, key=lambda path: int(path.name), default=None)


def read_position(checkpoint: Path) -> Position:
    """Raises InputError where the file is damaged."""
    values = read_json_object(checkpoint / STATE, "the state of a training run")
    try:
        return Position(**values)
    except TypeError as error:
        raise InputError(f"{checkpoint / STATE}: {reason(error)}, expected the state of a training run") from error


def restore(checkpoint: Path, trained: Mapping[str, Tensor]) -> None:
    """Gives the tensors their values; shapes and names must be those of the checkpoint.

    Raises:
        InputError: it is of another model, or damaged.
    """
    found = open_tensors(checkpoint / TRAINED)
    if set(found) != set(trained) or any(found[name].shape != tuple(each.shape) for name, each in trained.items()):
        raise InputError(f"{checkpoint / TRAINED}: holds the tensors of another model than this run trains")
    with torch.no_grad():
        for name, each in trained.items():
            each.copy_(found[name].read())


def restore_optimizer(checkpoint: Path, optimizer: torch.optim.Optimizer, names: list[str]) -> None:
    """Gives an optimiser its moments; a parameter that had no gradient yet has none.

    Raises:
        InputError: the file is damaged.
    """
    found = open_tensors(checkpoint / OPTIMIZER)
    parameters = optimizer.param_groups[0]["params"]
    for name, parameter in zip(names, parameters, strict=True):
        kept = {key.removeprefix(f"{name}/"): each for key, each in found.items() if key.startswith(f"{name}/")}
        if kept:
            values: dict[str, Any] = {key: each.read() for key, each in kept.items()}
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device) for key, value in values.items()
            }


def _moments(optimizer: torch.optim.Optimizer, names: list[str]) -> dict[str, Tensor]:
    parameters = optimizer.param_groups[0]["params"]
    return {
        f"{name}/{key}": value
        for name, parameter in zip(names, parameters, strict=True)
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _save(path: Path, tensors: Mapping[str, Tensor]) -> None:
    save_file({name: each.detach().to("cpu").contiguous() for name, each in tensors.items()}, path, {"format": "pt"})
    with path.open("rb+") as file:
        os.fsync(file.fileno())
