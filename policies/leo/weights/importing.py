"""Turns the released files into one folder of ours: matches every tensor, then writes them one by one."""

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.parameters import empty_model, part_of
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer
from leo_agent.policies.leo.text.tokenizer_files import released_tokenizer
from leo_agent.policies.leo.weights import released
from leo_agent.policies.leo.weights.action_map import LLAMA_PIECES, LLAMA_VOCAB_SIZE, hash_of_pieces
from leo_agent.policies.leo.weights.checkpoint import CONFIG_FILE, name_base_model, own_tensors, write_folder
from leo_agent.policies.leo.weights.fresh import Fresh, check_fresh, match_fresh
from leo_agent.policies.leo.weights.gguf import hugging_face_folder
from leo_agent.policies.leo.weights.released import Matched
from leo_agent.policies.leo.weights.tensor_files import (
    SHARD_BYTES,
    StoredTensor,
    check_tensors,
    find_tensors,
    open_tensors,
    shapes,
)


@dataclass(frozen=True)
class ReleasedFiles:
    """Where the files lie."""

    language_model: Path  # a folder in Hugging Face's layout, or a GGUF file
    leo: Path | Fresh  # what LEO trained: its file, or drawn from a seed
    points: Path | None = None  # None where the configuration trains the encoder from scratch
    image: Path | None = None  # None where LEO's file holds it, that is if the configuration tunes it
    clip: Path | None = None  # for text guidance alone


@dataclass(frozen=True)
class ImportedPart:
    """A part of the model, and where it came from."""

    part: str
    tensors: int  # how many
    elements: int  # numbers in them
    sources: tuple[Path, ...]  # the files, or `Fresh.label`


def import_released(
    config: LeoConfig, files: ReleasedFiles, out: Path, shard_bytes: int = SHARD_BYTES
) -> tuple[list[ImportedPart], list[str]]:
    """Writes the folder `out`; returns what came from where, and notes for the user.

    No more than one shard is in memory.

    Raises:
        InputError: files are missing, damaged or no state dicts, tensors are missing, too many or of another shape, or
            the output folder is not empty.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists already, expected a new or empty folder")
    if isinstance(files.leo, Fresh):
        check_fresh(config)
    model = empty_model(config)
    name_base_model(model.llm_model, str(files.language_model.resolve()))
    with hugging_face_folder(files.language_model) as folder:
        tokenizer = _tokenizer(folder, config)
        matched = match_all(config, replace(files, language_model=folder), model)
        own = own_tensors(model)
        tensors = ((name, _read(matched.tensors[name], own[name])) for name in own)
        with _written_aside(out) as aside:
            write_folder(aside, config, tokenizer, tensors, model.llm_model, shard_bytes)
    return _parts(matched), matched.notes


@contextmanager
def _written_aside(out: Path) -> Iterator[Path]:
    """A new folder beside `out` whose files are moved there once it is whole, and that goes in any case."""
    place = out.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as aside:
            whole = Path(aside) / place.name
            yield whole
            place.mkdir(exist_ok=True)
            for file in sorted(whole.iterdir(), key=lambda each: each.name == CONFIG_FILE):
                os.replace(file, place / file.name)  # what makes it a folder of ours comes last
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error}); choose another folder") from error


def match_all(config: LeoConfig, files: ReleasedFiles, model: LeoModel) -> Matched:
    """The tensor of every name of the model, found in the files; nothing is read but shapes."""
    expected = {name: tuple(tensor.shape) for name, tensor in own_tensors(model).items()}
    released.check_language_model_config(files.language_model, config.language_model)
    if isinstance(files.leo, Fresh):
        found = [match_fresh(files.leo, model)]
    else:
        found = [released.match_leo(files.leo, released.open_leo(files.leo), model)]
    remaining = {name: shape for name, shape in expected.items() if name not in found[0].tensors}
    folder = files.language_model
    stored = find_tensors(folder, ("model", "pytorch_model"))
    found.append(released.match_language_model(folder, stored, model, remaining))
    for parameter, path, prefix, match in (
        ("points", files.points, released.POINTS_PREFIX, released.match_points),
        ("image", files.image, released.IMAGE_PREFIX, released.match_image),
        ("clip", files.clip, released.CLIP_PREFIX, released.match_clip),
    ):
        needed = any(name.startswith(prefix) for name in remaining)
        if needed != (path is not None):
            reason = "missing; the configuration needs this file" if needed else f"{path} holds nothing that is needed"
            raise InputError(f"{parameter}: {reason}")
        if path is not None:
            found.append(match(path, open_tensors(path), remaining))
    whole = Matched({}, [])
    for each in found:
        whole.tensors.update(each.tensors)
        whole.notes += each.notes
    check_tensors("the files together", shapes(whole.tensors), expected)
    return whole


def _tokenizer(folder: Path, config: LeoConfig) -> LeoTokenizer:
    architecture, expected = config.language_model.architecture, config.language_model.vocab_size
    tokenizer, path = released_tokenizer(folder, architecture)
    if tokenizer.vocab_size != expected:
        raise InputError(
            f"{path}: has {tokenizer.vocab_size} pieces, expected {expected}; the action ids would disagree"
        )
    pieces = hash_of_pieces(tokenizer)
    if architecture == "llama" and expected == LLAMA_VOCAB_SIZE and pieces != LLAMA_PIECES:
        raise InputError(
            f"{path}: pieces of the action ids are {pieces}, expected {LLAMA_PIECES}; "
            "it is not the tokenizer of LLaMA and Vicuna"
        )
    return tokenizer


def _read(stored: StoredTensor, place: Tensor) -> Tensor:
    tensor = stored.read()
    if tensor.is_floating_point() != place.is_floating_point():
        raise InputError(f"{stored.path}: {stored.name} holds {tensor.dtype}, expected {place.dtype}")
    if not tensor.isfinite().all():
        raise InputError(f"{stored.path}: {stored.name} holds NaN or infinity, expected numbers")
    return tensor


def _parts(matched: Matched) -> list[ImportedPart]:
    members: dict[str, list[StoredTensor]] = {}
    for name, stored in matched.tensors.items():
        members.setdefault(part_of(name), []).append(stored)
    return [
        ImportedPart(
            part, len(tensors), sum(math.prod(each.shape) for each in tensors), tuple(sorted({t.path for t in tensors}))
        )
        for part, tensors in members.items()
    ]
