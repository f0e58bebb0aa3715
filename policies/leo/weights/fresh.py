"""LEO's own parameters as its training starts with them, drawn from a seed, in the place of a released file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.spatial_transformer import ObjectSceneEncoder
from leo_agent.policies.leo.weights.released import IMAGE_PREFIX, Matched
from leo_agent.policies.leo.weights.tensor_files import StoredTensor

MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Fresh:
    """Parameters drawn from a seed.

    Raises:
        InputError: it is none.
    """

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MOST_SEED:
            raise InputError(f"fresh: found {self.seed}, expected a seed from 0 to {MOST_SEED}")

    @property
    def label(self) -> Path:
        """What stands for the file that the parameters come from."""
        return Path(f"fresh, seed {self.seed}")


def check_fresh(config: LeoConfig) -> None:
    """Checks that the model builds on released weights.

    Raises:
        InputError: its language model is trained from scratch, too.
    """
    if config.language_model.trainable:
        raise InputError(f"fresh: all of {config.name} is trained from scratch, by `leo-agent train`")


def match_fresh(fresh: Fresh, model: LeoModel) -> Matched:
    """What `match_leo` finds in a file, drawn anew; a tuned image encoder is not, it starts from released weights."""
    tensors = {
        name: StoredTensor(fresh.label, name, tuple(tensor.shape), tensor.detach)
        for name, tensor in fresh_parameters(model, fresh.seed).items()
    }
    advice = "tensors of LEO's own have seen no training; `leo-agent train --stage lora --init` this folder trains them"
    return Matched(tensors, [f"{fresh.label}: {len(tensors)} {advice}"])


def fresh_parameters(model: LeoModel, seed: int) -> dict[str, Tensor]:
    """Values of the parameters that LEO trains, by name; the model may be on the meta device.

    As in LEO's code: adapters A Kaiming-uniform with a = sqrt(5) and B zero, so that they add nothing; in the spatial
    transformer and its location layer N(0, 0.02) with zero biases; elsewhere what torch starts its layers with.
    """
    trained = {
        name for name, each in model.named_parameters() if each.requires_grad and not name.startswith(IMAGE_PREFIX)
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return {
            f"{owner}.{leaf}": value.detach()
            for owner, module in _drawn_modules(model)
            for leaf, value in module.named_parameters()
            if f"{owner}.{leaf}" in trained
        }


def _drawn_modules(model: LeoModel) -> Iterator[tuple[str, nn.Module]]:
    """The modules that hold such parameters, built anew: adapters, projections, and the encoder of scenes."""
    yield "pcd_encoder", ObjectSceneEncoder(model.config.spatial, model.config.points)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and ("." not in name or ".lora_" in name):
            drawn = nn.Linear(module.in_features, module.out_features, bias=module.bias is not None)
            if ".lora_B." in name:
                nn.init.zeros_(drawn.weight)
            yield name, drawn
