"""LEO's own parameters as its training starts with them, drawn from a seed, in the place of a released file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.model.image_encoder import ImageEncoder
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.resampler import ObjectResampler, word_places
from leo_agent.policies.leo.model.spatial_transformer import DirectFeatures, ObjectSceneEncoder
from leo_agent.policies.leo.weights.released import IMAGE_PREFIX, POINTS_PREFIX, Matched
from leo_agent.policies.leo.weights.tensor_files import StoredTensor

MOST_SEED = 2**63 - 1
# The layers through which scenes reach the language model, and the factor by which encoders of our own begin: what they
# say is noise then, and at full size a small language model repeats itself instead of answering.
_TO_WORDS = ("img_proj", "pcd_proj", "pcd_direct.location", "pcd_direct.content", "pcd_direct.guided")
QUIET = 0.05


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
    """What `match_leo` finds in a file, drawn anew, and encoders that no released weights exist for."""
    tensors = {
        name: StoredTensor(fresh.label, name, tuple(tensor.shape), tensor.detach)
        for name, tensor in fresh_parameters(model, fresh.seed).items()
    }
    advice = "tensors of LEO's own have seen no training; `leo-agent train --stage lora --init` this folder trains them"
    return Matched(tensors, [f"{fresh.label}: {len(tensors)} {advice}"])


def fresh_parameters(model: LeoModel, seed: int) -> dict[str, Tensor]:
    """Values of the parameters that LEO trains, by name; the model may be on the meta device.

    A tuned image encoder is not drawn where released weights are what it starts from; encoders that are trained from
    scratch are, with the statistics of their normalisation.

    As in LEO's code: adapters A Kaiming-uniform with a = sqrt(5) and B zero, so that they add nothing; in the spatial
    transformer and its location layer N(0, 0.02) with zero biases; elsewhere what torch starts its layers with.
    """
    drawn = {
        name
        for name, each in model.named_parameters()
        if each.requires_grad and (_is_image_drawn(model.config) or not name.startswith(IMAGE_PREFIX))
    }
    if model.config.points.trainable:
        drawn |= {name for name in model.state_dict() if name.startswith(POINTS_PREFIX)}  # with their statistics
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        values = {
            f"{owner}.{leaf}": value.detach()
            for owner, module in _drawn_modules(model)
            for leaf, value in module.state_dict().items()
            if f"{owner}.{leaf}" in drawn
        }
    if _is_image_drawn(model.config):
        for name in values.keys() & {f"{layer}.{leaf}" for layer in _TO_WORDS for leaf in ("weight", "bias")}:
            values[name] = values[name] * QUIET
    return values


def _is_image_drawn(config: LeoConfig) -> bool:
    """Whether the image encoder is one of our own, which has no head; the released ConvNeXt carries CLIP's."""
    return config.image.trainable and config.image.num_classes == 0


def _drawn_modules(model: LeoModel) -> Iterator[tuple[str, nn.Module]]:
    """The modules that hold such parameters, built anew: adapters, projections, and the encoder of scenes."""
    config = model.config
    yield "pcd_encoder", ObjectSceneEncoder(config.spatial, config.points)
    if model.pcd_direct is not None:
        width = config.language_model.hidden_size
        yield "pcd_direct", DirectFeatures(config.spatial, config.points.output_dim, width, word_places(config.spatial))
    if model.pcd_resampler is not None:
        width, heads = config.language_model.hidden_size, config.language_model.num_heads
        count, std = config.spatial.object_tokens, config.language_model.embedding_std
        yield "pcd_resampler", ObjectResampler(width, count, heads, word_places(config.spatial), std)
    if _is_image_drawn(config):
        yield "img_encoder", ImageEncoder(config.image)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and ("." not in name or ".lora_" in name):
            drawn = nn.Linear(module.in_features, module.out_features, bias=module.bias is not None)
            if ".lora_B." in name:
                nn.init.zeros_(drawn.weight)
            yield name, drawn
