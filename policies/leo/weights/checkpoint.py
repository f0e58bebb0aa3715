"""Self-describing folders of a LEO model, written, and read strictly; from a disk or from the Hugging Face hub.

config.json (configuration and action map) · model.safetensors (whole, or shards with an index) · adapter_config.json
and adapter_model.safetensors, which peft reads too · tokenizer.model, or tokenizer.json of a byte-pair model ·
README.md (the model card) and LICENSE.

Format leo-5 is written. Earlier ones are read: leo-4 has no `spatial.word_positions` and `spatial.text_goals`; leo-3
has no `num_key_value_heads` and `tied_output` of the language model and `spatial.object_tokens`; leo-2 does not say in
`spatial.object_center` where an object is to be taken to be (`_with_later_keys` does); leo-1 has, besides, the adapters
among the other weights, and neither action map nor `clip_text`, `legacy` and `language_model.architecture`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import peft
import torch
from torch import Tensor, nn

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import check_file
from leo_agent.contract.json_file import read_json, read_json_object
from leo_agent.policies import hub
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.config.legacy import Legacy
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.model.language_model import tie_output
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.corpus import tokenizer_corpus
from leo_agent.policies.leo.text.sentence_piece_tokenizer import train_tokenizer
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.text.tokenizer_files import TOKENIZER_FILES, read_tokenizer, tokenizer_file, write_tokenizer
from leo_agent.policies.leo.weights.action_map import action_map, check_action_map
from leo_agent.policies.leo.weights.card import CARD_FILE, LICENSE_FILE, write_card
from leo_agent.policies.leo.weights.tensor_files import (
    SHARD_BYTES,
    StoredTensor,
    check_finite,
    check_tensors,
    files_of,
    open_tensors,
    shapes,
    write_tensors,
)

CONFIG_FILE, ADAPTER_CONFIG_FILE, WEIGHTS, ADAPTERS = "config.json", "adapter_config.json", "model", "adapter_model"
FORMAT = "leo-5"
FORMATS = (FORMAT, "leo-4", "leo-3", "leo-2", "leo-1")  # that can be read
HUB_FILES = ["*.json", "*.safetensors", *TOKENIZER_FILES, CARD_FILE, LICENSE_FILE]
LLM_PREFIX = "llm_model."
_PEFT_SETTINGS = {"inference_mode": True, "task_type": "CAUSAL_LM"}
NamedTensors = Iterator[tuple[str, Tensor]]


def new_model(
    config: LeoConfig | str, seed: int, legacy: Iterable[str] = (), lines: Iterable[str] = ()
) -> tuple[LeoModel, LeoTokenizer]:
    """A model with random weights and a tokenizer trained on our own prompts and task language, and on `lines`.

    Args:
        config: of the model, or the name of a preset.
        seed: of the weights.
        legacy: behaviours of LEO's code, see `Legacy.named`.
        lines: whose words the tokenizer is to have, too.

    Raises:
        InputError: the configuration's language model is not trained from scratch: its weights are released ones.
    """
    config = (preset(config) if isinstance(config, str) else config).with_legacy(legacy)
    if not config.language_model.trainable:
        raise InputError(
            f"{config.name}: builds on a released language model, which random weights cannot replace; "
            "expected a folder written by `leo-agent weights import`"
        )
    corpus = [*tokenizer_corpus(), *lines]
    tokenizer = train_tokenizer(corpus, config.language_model.vocab_size - NUM_ACTION_TOKENS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LeoModel(config.with_vocab_size(tokenizer.vocab_size)), tokenizer


def save_pretrained(
    model: LeoModel,
    tokenizer: LeoTokenizer,
    folder: str | Path,
    weights: Literal["float32", "float16"] | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Writes the folder. `weights` is what the parameters are stored in, by default what they are; buffers stay."""
    parameters = {name for name, _ in model.named_parameters()}
    dtype = getattr(torch, weights) if weights else None

    def stored(name: str, tensor: Tensor) -> Tensor:
        return tensor.detach().to("cpu", dtype if name in parameters else None)

    tensors = ((name, stored(name, tensor)) for name, tensor in own_tensors(model).items())
    write_folder(Path(folder), model.config, tokenizer, tensors, model.llm_model, shard_bytes)


def write_folder(
    folder: Path,
    config: LeoConfig,
    tokenizer: LeoTokenizer,
    tensors: NamedTensors,
    language_model: nn.Module,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Writes the folder of a model's tensors, taken one by one; the adapters' settings are read off its module."""
    folder.mkdir(parents=True, exist_ok=True)
    adapters: dict[str, Tensor] = {}
    write_tensors(folder, WEIGHTS, _without_adapters(tensors, adapters), shard_bytes)
    if isinstance(language_model, peft.PeftModel):
        write_tensors(folder, ADAPTERS, iter(adapters.items()))
        settings = {**language_model.peft_config["default"].to_dict(), **_PEFT_SETTINGS}
        text = json.dumps(settings, indent=1, sort_keys=True, default=sorted)  # sets of names as sorted lists
        (folder / ADAPTER_CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
    write_tokenizer(folder, tokenizer)
    write_card(folder, config)
    description = {"format": FORMAT, "model": config.to_dict(), "actions": action_map(tokenizer)}
    (folder / CONFIG_FILE).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def from_pretrained(
    folder_or_hub_id: str | Path,
    device: torch.device | str = "cpu",
    language_model_dtype: torch.dtype | None = None,
    legacy: Iterable[str] | None = None,
) -> tuple[LeoModel, LeoTokenizer]:
    """Model (evaluation mode) and tokenizer of a folder, or of a repository of the Hugging Face hub ("owner/name").

    All is float32, but for a frozen language model: its own weights are `language_model_dtype`, by default as stored.
    Tensors are read one by one and go straight to the device.

    Args:
        folder_or_hub_id: where the checkpoint is.
        device: where the model goes.
        language_model_dtype: of a frozen language model.
        legacy: behaviours of LEO's code (see `Legacy.named`) in the place of those that the configuration names.

    Raises:
        InputError: a file is missing or damaged, config.json has unknown or missing keys, the tokenizer disagrees with
            the action map, or the weights lack a tensor, have one too many, one of another shape, or one with NaN or
            infinity.
    """
    folder = resolve(folder_or_hub_id)
    config, actions = read_config(folder / CONFIG_FILE)
    tokenizer = read_tokenizer(folder)
    if tokenizer.vocab_size != config.language_model.vocab_size:
        raise InputError(
            f"{folder / tokenizer.file_name}: has {tokenizer.vocab_size} pieces, but {CONFIG_FILE} says "
            f"{config.language_model.vocab_size}; the action ids would disagree"
        )
    check_action_map(actions, tokenizer, f"{folder / tokenizer.file_name}")
    if legacy is not None:
        config = config.with_legacy(legacy)
    model = empty_model(config)
    found = _open_folder(folder, config)
    expected = own_tensors(model)
    check_tensors(folder / f"{WEIGHTS}.safetensors", shapes(found), shapes(expected))
    for name, place in expected.items():
        tensor = found[name].read()
        check_finite(found[name].path, name, tensor)
        dtype = place.dtype
        if name.startswith(LLM_PREFIX) and not config.language_model.trainable and ".lora_" not in name:
            dtype = language_model_dtype or tensor.dtype
        place_tensor(model, name, tensor.to(device, dtype, copy=True))
    tie_output(model.llm_model)
    if isinstance(model.llm_model, peft.PeftModel) and (folder / ADAPTER_CONFIG_FILE).is_file():
        settings = read_json_object(folder / ADAPTER_CONFIG_FILE, "the settings of the adapters")
        base = settings.get("base_model_name_or_path")
        name_base_model(model.llm_model, base if isinstance(base, str) else None)
    return model.to(device).eval(), tokenizer


def name_base_model(language_model: nn.Module, name: str | None) -> None:
    """Notes what the adapters were made for, a folder or hub id, to be written with them."""
    if isinstance(language_model, peft.PeftModel):
        language_model.peft_config["default"].base_model_name_or_path = name


def resolve(folder_or_hub_id: str | Path) -> Path:
    """The folder itself, or that of a snapshot of LEO's files, see `hub.resolve`."""
    return hub.resolve(folder_or_hub_id, HUB_FILES)


def read_config(path: Path) -> tuple[LeoConfig, dict[str, Any] | None]:
    """The model's configuration and action map (None in format leo-1) in a config.json.

    Raises:
        InputError: says what is wrong with it.
    """
    description = read_json(path, "a checkpoint folder of this project")
    found = description.get("format") if isinstance(description, dict) else None
    if found not in FORMATS:
        raise InputError(f"{path}: format is {shown(found)}, expected one of {', '.join(FORMATS)}")
    model = description.get("model", {})
    if found != FORMAT:
        model = _with_later_keys(model, found)
    actions = description.get("actions")
    if found != "leo-1" and not isinstance(actions, dict):
        raise InputError(f"{path}: actions: found {type(actions).__name__}, expected the action map")
    return LeoConfig.from_dict(model, f"{path}: model"), actions


def files(folder: Path) -> list[Path]:
    """The files that a model is read from: configuration, weights, adapters and tokenizer."""
    adapters = [*files_of(folder, ADAPTERS), folder / ADAPTER_CONFIG_FILE]
    return [folder / CONFIG_FILE, *files_of(folder, WEIGHTS), *filter(Path.is_file, adapters), tokenizer_file(folder)]


def fingerprint(folder: str | Path) -> str:
    """Hash of the configuration, weights and tokenizer files."""
    digest = hashlib.sha256()
    for path in files(resolve(folder)):
        with check_file(path, "a file of a checkpoint folder").open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def own_tensors(model: LeoModel) -> dict[str, Tensor]:
    """Parameters and persistent buffers by name; of a tensor with two names (OPT's output layer) the first."""
    seen: set[int] = set()
    tensors = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            tensors[name] = tensor
    return tensors


def _with_later_keys(model: Any, format_name: str) -> Any:
    """A configuration of an earlier format with the keys that came later, at the values they had then."""
    parts = ("language_model", "spatial")
    if not isinstance(model, dict) or not all(isinstance(model.get(part), dict) for part in parts):
        return model
    language_model, spatial = (model[part] for part in parts)
    if format_name == "leo-1":
        language_model = {"architecture": "llama", **language_model}
        model = {"clip_text": None, "legacy": asdict(Legacy()), **model}
    if format_name in ("leo-2", "leo-1"):
        object_center = "box_center" if language_model.get("trainable") else "centroid"
        spatial = {"object_center": object_center, **spatial}
    language_model = {"num_key_value_heads": 0, "tied_output": False, **language_model}
    spatial = {"object_tokens": 0, "word_positions": True, "text_goals": False, **spatial}
    return {**model, "language_model": language_model, "spatial": spatial}


def _open_folder(folder: Path, config: LeoConfig) -> dict[str, StoredTensor]:
    files = files_of(folder, WEIGHTS)
    if not files:
        raise InputError(f"{folder / f'{WEIGHTS}.safetensors'}: missing; expected the weights beside {CONFIG_FILE}")
    found = open_tensors(files[0])
    adapters = files_of(folder, ADAPTERS)
    if adapters:
        _check_adapter_settings(folder / ADAPTER_CONFIG_FILE, config)
        found |= {_own_name(name): tensor for name, tensor in open_tensors(adapters[0]).items()}
    return found


def _check_adapter_settings(path: Path, config: LeoConfig) -> None:
    """Checks that peft would read the adapters as the configuration does.

    Raises:
        InputError: it would not, or the file is missing or damaged.
    """
    found = read_json_object(path, "the settings of the adapters beside it")
    for key, expected in (("r", config.lora.rank), ("lora_alpha", config.lora.alpha)):
        if found.get(key) != expected:
            raise InputError(f"{path}: {key}: found {shown(found.get(key))}, but {CONFIG_FILE} says {expected}")


def _without_adapters(tensors: NamedTensors, adapters: dict[str, Tensor]) -> NamedTensors:
    """Passes on what is no adapter and puts those aside, under the names that peft gives them in files."""
    for name, tensor in tensors:
        if ".lora_" in name:
            adapters[name.removeprefix(LLM_PREFIX).replace(".default.", ".")] = tensor
        else:
            yield name, tensor


def _own_name(adapter: str) -> str:
    head, dot, leaf = adapter.rpartition(".")
    return f"{LLM_PREFIX}{head}.default{dot}{leaf}"


def place_tensor(model: nn.Module, name: str, tensor: Tensor) -> None:
    """Puts a tensor in the place of the parameter or buffer of that name."""
    owner, _, leaf = name.rpartition(".")
    module = model.get_submodule(owner)
    former = getattr(module, leaf)
    if isinstance(former, nn.Parameter):
        tensor = nn.Parameter(tensor, requires_grad=former.requires_grad)
    setattr(module, leaf, tensor)
