"""Self-describing checkpoint folders of a LEO model: config.json, model.safetensors, tokenizer.model; read strictly."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from policies.errors import InputError
from policies.leo.config import LeoConfig, preset
from policies.leo.corpus import tokenizer_corpus
from policies.leo.model import LeoModel
from policies.leo.tokenizer import LeoTokenizer, train_tokenizer

CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE = "config.json", "model.safetensors", "tokenizer.model"
FORMAT = "leo-1"
SHOWN_TENSORS = 3


def new_model(config_name: str, seed: int) -> tuple[LeoModel, LeoTokenizer]:
    """A model of a preset with random weights and a tokenizer trained on our own prompts and task language."""
    config = preset(config_name)
    text_pieces = min(1000, config.language_model.vocab_size)
    tokenizer = train_tokenizer(tokenizer_corpus(), text_pieces)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LeoModel(config.with_vocab_size(tokenizer.vocab_size)), tokenizer


def save_pretrained(
    model: LeoModel, tokenizer: LeoTokenizer, folder: str | Path, weights: Literal["float32", "float16"] = "float32"
) -> None:
    """Writes the three files. float16 halves the parameters; buffers (running statistics) stay as they are."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parameters = dict(model.named_parameters())
    dtype = getattr(torch, weights)
    tensors = {
        name: (tensor.to(dtype) if name in parameters else tensor).detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
    }
    save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": FORMAT})
    (folder / TOKENIZER_FILE).write_bytes(tokenizer.model)
    description = {"format": FORMAT, "weights": weights, "model": model.config.to_dict()}
    (folder / CONFIG_FILE).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def from_pretrained(folder: str | Path, device: torch.device | str = "cpu") -> tuple[LeoModel, LeoTokenizer]:
    """Model (float32, evaluation mode) and tokenizer of a folder.

    Raises InputError for a file that is missing or damaged, a config.json with unknown or missing keys, a tokenizer of
    another size, and weights that lack a tensor, have one too many or one of another shape.
    """
    folder = Path(folder)
    config = read_config(folder / CONFIG_FILE)
    tokenizer = LeoTokenizer.load(folder / TOKENIZER_FILE)
    if tokenizer.vocab_size != config.language_model.vocab_size:
        raise InputError(
            f"{folder / TOKENIZER_FILE}: has {tokenizer.vocab_size} pieces, but {CONFIG_FILE} says "
            f"{config.language_model.vocab_size}; the action ids would disagree"
        )
    model = LeoModel(config)
    tensors = _read_tensors(folder / WEIGHTS_FILE, model.state_dict())
    model.load_state_dict(tensors, strict=True)
    return model.to(device).eval(), tokenizer


def read_config(path: Path) -> LeoConfig:
    """The model's configuration in a config.json; InputError says what is wrong with it."""
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing; expected a checkpoint folder of this project") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from error
    found = description.get("format") if isinstance(description, dict) else None
    if found != FORMAT:
        raise InputError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    return LeoConfig.from_dict(description.get("model", {}), f"{path}: model")


def fingerprint(folder: str | Path) -> str:
    """Hash of the configuration, weights and tokenizer files."""
    digest = hashlib.sha256()
    for name in (CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE):
        digest.update((Path(folder) / name).read_bytes())
    return digest.hexdigest()[:16]


def _read_tensors(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if not path.is_file():
        raise InputError(f"{path}: missing; expected the weights beside {CONFIG_FILE}")
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            _check_shapes(path, shapes, {name: tuple(tensor.shape) for name, tensor in expected.items()})
            return {name: file.get_tensor(name).to(tensor.dtype) for name, tensor in expected.items()}
    except SafetensorError as error:
        raise InputError(f"{path}: not a readable safetensors file ({error})") from error


def _check_shapes(path: Path, found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    problems = [
        f"{name} is {found[name]}, expected {expected[name]}" for name in expected if _differs(name, found, expected)
    ]
    problems += [f"{name} {expected[name]} is missing" for name in expected if name not in found]
    problems += [f"{name} {found[name]} belongs to no part of the model" for name in found if name not in expected]
    if problems:
        rest = len(problems) - SHOWN_TENSORS
        shown = "; ".join(problems[:SHOWN_TENSORS]) + (f"; and {rest} more" if rest > 0 else "")
        raise InputError(f"{path}: does not fit the configuration: {shown}")


def _differs(name: str, found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> bool:
    return name in found and found[name] != expected[name]
