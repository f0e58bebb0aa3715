"""The released files of LEO and of what it is built on: which of their tensors is which of ours, strictly.

Every tensor of a file is either taken or belongs to a part that LEO does not use, which is noted; every tensor of the
model comes from one file, or is one of the few that no file has, which is noted too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.json_file import read_json_object
from leo_agent.policies.leo.config.config import LanguageModelConfig
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.weights.tensor_files import (
    Shape,
    StoredTensor,
    check_tensors,
    find_tensors,
    open_tensors,
    shapes,
)

Tensors = dict[str, StoredTensor]

POINTS_PREFIX = "pcd_encoder.obj_encoder.pcd_net."
IMAGE_PREFIX = "img_encoder.backbone.model."
CLIP_PREFIX = "clip_model."
PEFT_PREFIX = "llm_model.base_model.model."
IMAGE_TOWER, IMAGE_HEAD, UNUSED_HEAD_BIAS = "visual.trunk.", "visual.head.proj.weight", "head.fc.bias"
CLIP_TEXT = ("transformer.", "token_embedding.", "positional_embedding", "text_projection", "ln_final.")
CLIP_OTHER = ("logit_scale", "logit_bias")
ROPE_TOLERANCE = 1e-2


@dataclass
class Matched:
    """Tensors by our names, and notes for the user about how they were found."""

    tensors: Tensors
    notes: list[str] = field(default_factory=list)


def open_leo(path: Path) -> Tensors:
    """align.pth, sft_noact.pth, or a folder that holds the same as pytorch_model.bin."""
    return find_tensors(path, ("pytorch_model", "model")) if path.is_dir() else open_tensors(path)


def match_leo(path: Path, found: Tensors, model: LeoModel) -> Matched:
    """What LEO's training changed: exactly the parameters that the configuration trains, under our own names."""
    trained = {name: tuple(each.shape) for name, each in model.named_parameters() if each.requires_grad}
    check_tensors(path, shapes(found), trained)
    return Matched(dict(found))


def match_points(path: Path, found: Tensors, expected: Mapping[str, Shape]) -> Matched:
    """pointnetpp_vil3dref.pth: the state dict of PointNet++ alone."""
    return Matched(_take(path, found, expected, POINTS_PREFIX))


def match_image(path: Path, found: Tensors, expected: Mapping[str, Shape]) -> Matched:
    """A ConvNeXt, as timm stores it or as the image tower of open_clip's file."""
    if not any(name.startswith("visual.") for name in found):
        return Matched(_take(path, found, expected, IMAGE_PREFIX))
    tower = {name: each for name, each in found.items() if not name.startswith((*CLIP_TEXT, *CLIP_OTHER))}
    notes = [f"{path.name}: {len(found) - len(tower)} tensors of CLIP's text encoder are not LEO's"]
    renamed = {name.removeprefix(IMAGE_TOWER): each for name, each in tower.items()}
    if IMAGE_HEAD in renamed and IMAGE_PREFIX + UNUSED_HEAD_BIAS in expected:
        head = renamed.pop(IMAGE_HEAD)
        size = head.shape[:1]
        renamed["head.fc.weight"] = head
        renamed[UNUSED_HEAD_BIAS] = StoredTensor(path, UNUSED_HEAD_BIAS, size, lambda: torch.zeros(size))
        notes.append(f"{path.name}: has no {UNUSED_HEAD_BIAS}, zeros (LEO does not use this head)")
    return Matched(_take(path, renamed, expected, IMAGE_PREFIX), notes)


def match_clip(path: Path, found: Tensors, expected: Mapping[str, Shape]) -> Matched:
    """The text encoder in open_clip's file of a whole CLIP."""
    kept = {name: each for name, each in found.items() if not name.startswith(("visual.", *CLIP_OTHER))}
    notes = [f"{path.name}: {len(found) - len(kept)} tensors of CLIP's image encoder and scale are not LEO's"]
    return Matched(_take(path, kept, expected, CLIP_PREFIX), notes)


def match_language_model(folder: Path, found: Tensors, model: LeoModel, expected: Mapping[str, Shape]) -> Matched:
    """A Llama or OPT folder in Hugging Face's layout; rows beyond its vocabulary ([PAD]) are added as zeros."""
    config = model.config.language_model
    notes: list[str] = []
    plain = {_plain_name(name): shape for name, shape in expected.items() if name.startswith("llm_model.")}
    own = {_plain_name(name): name for name in expected if name.startswith("llm_model.")}
    if config.architecture == "opt":
        found = {name if name.startswith(("model.", "lm_head.")) else f"model.{name}": t for name, t in found.items()}
        if found.pop("lm_head.weight", None) is not None:
            notes.append(f"{folder.name}: lm_head.weight is the input embeddings, which are taken")
    else:
        found = _without_rope(folder, found, model, notes)
    for name, stored in found.items():
        whole = (config.vocab_size + config.extra_rows, *stored.shape[1:])
        if stored.shape[:1] == (config.vocab_size,) and plain.get(name) == whole != stored.shape:
            found = {**found, name: replace(stored, shape=whole, read=_padded(stored.read, config.extra_rows))}
            notes.append(f"{name}: {config.extra_rows} row after the last ([PAD]) added as zeros; never answered")
    check_tensors(folder, shapes(found), plain)
    return Matched({own[name]: stored for name, stored in found.items()}, notes)


def check_language_model_config(folder: Path, config: LanguageModelConfig) -> None:
    """Checks the config.json of a language model's folder.

    Raises:
        InputError: it describes another language model than the configuration.
    """
    path = folder / "config.json"
    found = read_json_object(path, "the config.json of a language model")
    expected: dict[str, tuple[Any, ...]] = {
        "model_type": (config.architecture,),
        "hidden_size": (config.hidden_size,),
        "num_hidden_layers": (config.num_layers,),
        "num_attention_heads": (config.num_heads,),
        "num_key_value_heads": (
            config.key_value_heads,
            *((None,) if config.key_value_heads == config.num_heads else ()),
        ),
        "intermediate_size" if config.architecture == "llama" else "ffn_dim": (config.intermediate_size,),
        "vocab_size": (config.vocab_size, config.vocab_size + config.extra_rows),
        "max_position_embeddings": (config.max_positions, None),
    }
    if config.architecture == "llama":
        expected |= {
            "rope_theta": (config.rope_theta, None),
            "rope_parameters": ({"rope_theta": config.rope_theta, "rope_type": "default"}, None),
            "rope_scaling": (None,),
            "rms_norm_eps": (config.rms_norm_eps, _as_float32(config.rms_norm_eps)),
            "tie_word_embeddings": (True,) if config.tied_output else (False, None),
            "hidden_act": ("silu", None),
        }
    else:
        expected |= {
            "do_layer_norm_before": (True, None),
            "word_embed_proj_dim": (config.hidden_size, None),
            "activation_function": ("relu", None),
            "enable_bias": (True, None),
        }
    for key, allowed in expected.items():
        if found.get(key) not in allowed:
            raise InputError(f"{path}: {key}: found {shown(found.get(key))}, expected {allowed[0]!r}")


def _as_float32(value: float) -> float:
    """The value as a file of half precisions, such as GGUF, gives it back."""
    return float(torch.tensor(value, dtype=torch.float32))


def _take(path: Path, found: Tensors, expected: Mapping[str, Shape], prefix: str) -> Tensors:
    """The tensors of a part under our names, which begin with the prefix; the file has to hold exactly those."""
    part = {name.removeprefix(prefix): shape for name, shape in expected.items() if name.startswith(prefix)}
    check_tensors(path, shapes(found), part)
    return {prefix + name: stored for name, stored in found.items()}


def _plain_name(own: str) -> str:
    """The name that a tensor of our language model has without peft."""
    return own.removeprefix("llm_model.").removeprefix("base_model.model.").replace(".base_layer.", ".")


def _padded(read: Callable[[], Tensor], rows: int) -> Callable[[], Tensor]:
    def padded() -> Tensor:
        tensor = read()
        return torch.cat([tensor, tensor.new_zeros(rows, *tensor.shape[1:])])

    return padded


def _without_rope(folder: Path, found: Tensors, model: LeoModel, notes: list[str]) -> Tensors:
    """Leaves out the rotation frequencies that older files hold beside the weights, if they are those we compute."""
    frequencies = language_model.base_decoder(model.llm_model).model.rotary_emb.inv_freq
    kept = {name: each for name, each in found.items() if not name.endswith("rotary_emb.inv_freq")}
    for name in found.keys() - kept.keys():
        values = found[name].read().float()
        if values.shape != frequencies.shape or not torch.allclose(values, frequencies, rtol=ROPE_TOLERANCE):
            raise InputError(f"{folder}: {name} differs from the frequencies of rope_theta in the configuration")
    if len(kept) < len(found):
        notes.append(f"{folder.name}: {len(found) - len(kept)} tensors of rotation frequencies are as we compute them")
    return kept
