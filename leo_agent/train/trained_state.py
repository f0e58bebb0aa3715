"""What a run trains, in float32, beside its policy, whose weights are rounded to float16.

AdamW's late steps are smaller than float16 resolves: a run that goes on from rounded weights loses them.
"""

import logging
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from leo_agent.contract.errors import OutputError
from leo_agent.contract.files import aside_of
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.weights.tensor_files import open_tensors
from leo_agent.train.run_files import STATE_FILE

LOG = logging.getLogger(__name__)


def save_state(model: LeoModel, folder: Path) -> None:
    """Writes the trained parameters into the folder of a run; the file is there whole, or as it was."""
    trained = {name: each.detach().to("cpu").contiguous() for name, each in _trained(model).items()}
    aside = aside_of(folder / STATE_FILE)
    try:
        save_file(trained, aside, metadata={"format": "pt"})
        os.replace(aside, folder / STATE_FILE)
    except (OSError, SafetensorError) as error:
        aside.unlink(missing_ok=True)
        raise OutputError(f"{folder / STATE_FILE}: cannot be written ({error})") from error


def restore_state(model: LeoModel, policy: Path) -> None:
    """Gives a model that was read from a run's policy the weights that it was rounded from, where they are kept.

    They are used only if they round to the policy's in every bit: a policy that was moved elsewhere, or replaced, has
    none.
    """
    path = policy.parent / STATE_FILE
    if not path.is_file():
        return
    kept = {name: stored.read() for name, stored in open_tensors(path).items()}
    parameters = dict(model.named_parameters())
    if not all(name in parameters and _rounds_to(each, parameters[name]) for name, each in kept.items()):
        LOG.warning("%s: not of the policy beside it, whose rounded weights are used", path)
        return
    with torch.no_grad():
        for name, each in kept.items():
            parameters[name].copy_(each)
    LOG.info("%s: training goes on from these weights, in float32", path)


def _trained(model: LeoModel) -> dict[str, torch.Tensor]:
    return {name: each for name, each in model.named_parameters() if each.requires_grad}


def _rounds_to(kept: torch.Tensor, rounded: torch.Tensor) -> bool:
    return kept.shape == rounded.shape and torch.equal(kept.to(torch.float16).to(rounded.dtype), rounded)
