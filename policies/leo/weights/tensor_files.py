"""Files of named tensors, read one tensor at a time and strictly: safetensors, state dicts of torch, and their shards.

Nothing is unpickled but tensors; a tensor is in memory only after it was asked for.
"""

import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from leo_agent.contract.errors import InputError, OutputError, reason, shown
from leo_agent.contract.files import check_file
from leo_agent.contract.json_file import read_json

Shape = tuple[int, ...]
UnpicklingError = torch.serialization.pickle.UnpicklingError  # type: ignore[attr-defined]
# What damaged pickles and archives make torch and zipfile raise.
_DAMAGED = (
    *(AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, OverflowError, RuntimeError),
    *(TypeError, ValueError, UnpicklingError, struct.error, zipfile.BadZipFile),
)
SHARD_BYTES = 4_000_000_000
SHOWN_PROBLEMS, LONGEST_PROBLEM = 3, 200


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file."""

    path: Path
    name: str  # in the file
    shape: Shape
    read: Callable[[], Tensor]  # reads it from the disk


def open_tensors(path: Path) -> dict[str, StoredTensor]:
    """The tensors of one file (.safetensors, or a state dict of torch), or of all shards that an index.json lists.

    Raises:
        InputError: the file is missing, no regular file, damaged, or a pickle that holds anything but named tensors;
            so, too, from the `read` of one of them.
    """
    check_file(path, "a file of weights")
    if path.name.endswith(".index.json"):
        return _open_shards(path)
    return _open_safetensors(path) if path.suffix == ".safetensors" else _open_state_dict(path)


def find_tensors(folder: Path, stems: Iterable[str]) -> dict[str, StoredTensor]:
    """The tensors of a folder in Hugging Face's layout: <stem>.safetensors or .bin, whole or shards with an index.

    Raises:
        InputError: there is no such file, or as `open_tensors`.
    """
    names = [f"{stem}{end}" for stem in stems for end in (".safetensors", ".bin")]
    candidates = [folder / f"{name}{index}" for name in names for index in ("", ".index.json")]
    for path in candidates:
        if path.is_file():
            return open_tensors(path)
    raise InputError(f"{folder}: holds no weights; expected one of {', '.join(each.name for each in candidates)}")


def check_tensors(where: Path | str, found: Mapping[str, Shape], expected: Mapping[str, Shape]) -> None:
    """Checks that a file holds the expected tensors and no others.

    Raises:
        InputError: names what differs: tensors of another shape, missing ones, and ones too many.
    """
    problems = [
        f"{name} is {found[name]}, expected {shape}"
        for name, shape in expected.items()
        if name in found and found[name] != shape
    ]
    problems += [f"{name} {shape} is missing" for name, shape in expected.items() if name not in found]
    problems += [
        f"{name} {shape} belongs to no part of the model" for name, shape in found.items() if name not in expected
    ]
    if problems:
        rest = len(problems) - SHOWN_PROBLEMS
        listed = "; ".join(each[:LONGEST_PROBLEM] for each in problems[:SHOWN_PROBLEMS])
        more = f"; and {rest} more" if rest > 0 else ""
        raise InputError(f"{where}: does not fit the configuration: {listed}{more}")


def check_finite(where: Path | str, name: str, tensor: Tensor) -> None:
    """Checks that a tensor holds numbers alone.

    Raises:
        InputError: it holds NaN or infinity.
    """
    if not tensor.is_floating_point() or not tensor.numel():
        return
    if tensor.element_size() == 1:  # torch has no extremes of float8
        tensor = tensor.float()
    # The extremes, which NaN passes into, are one pass without a copy: a tenth of the time of `isfinite().all()`.
    if not all(torch.isfinite(extreme) for extreme in torch.aminmax(tensor)):
        wrong = int((~torch.isfinite(tensor)).sum())
        raise InputError(f"{where}: {name}: {wrong} of {tensor.numel()} values are not finite, expected numbers")


def shapes(tensors: Mapping[str, StoredTensor | Tensor]) -> dict[str, Shape]:
    """Their shapes, by name."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def write_tensors(
    folder: Path, stem: str, tensors: Iterable[tuple[str, Tensor]], shard_bytes: int = SHARD_BYTES
) -> list[Path]:
    """Writes <stem>.safetensors, or shards with an index, and removes what was there under that stem.

    The tensors are taken one by one; those of one shard are held at a time. All files are written aside first, so that
    tensors read from files of the same names stay valid until they are written.

    Raises:
        InputError: a tensor holds NaN or infinity; what was there before stands.
    """
    try:
        parts = _write_parts(folder, stem, tensors, shard_bytes)
    except BaseException:
        for part in folder.glob(f"{stem}-*.part"):
            part.unlink()
        raise
    for former in [folder / f"{stem}.safetensors", *folder.glob(f"{stem}-*.safetensors"), _index(folder, stem)]:
        former.unlink(missing_ok=True)
    if len(parts) == 1:
        return [parts[0][0].replace(folder / f"{stem}.safetensors")]
    weight_map: dict[str, str] = {}
    total_bytes = sum(size for _, _, size in parts)
    for number, (part, names, _) in enumerate(parts, start=1):
        file = part.replace(folder / f"{stem}-{number:05}-of-{len(parts):05}.safetensors")
        weight_map.update(dict.fromkeys(names, file.name))
    index = {"metadata": {"total_size": total_bytes}, "weight_map": weight_map}
    _index(folder, stem).write_text(json.dumps(index, indent=1) + "\n", "utf-8")
    return [_index(folder, stem), *(folder / each for each in sorted(set(weight_map.values())))]


def files_of(folder: Path, stem: str) -> list[Path]:
    """The files that `write_tensors` wrote under that stem: one, the index and its shards, or none."""
    single = folder / f"{stem}.safetensors"
    if single.is_file():
        return [single]
    index = _index(folder, stem)
    return [index, *sorted({each.path for each in _open_shards(index).values()})] if index.is_file() else []


def _write_parts(
    folder: Path, stem: str, tensors: Iterable[tuple[str, Tensor]], shard_bytes: int
) -> list[tuple[Path, list[str], int]]:
    """The shards, aside, each with the names and the bytes of its tensors."""
    parts: list[tuple[Path, list[str], int]] = []
    shard: dict[str, Tensor] = {}
    size = 0
    for name, tensor in tensors:
        check_finite(folder, name, tensor)
        if shard and size + tensor.nbytes > shard_bytes:
            parts.append((*_write_part(folder, stem, len(parts), shard), size))
            shard, size = {}, 0
        shard[name] = tensor.contiguous()
        size += tensor.nbytes
    parts.append((*_write_part(folder, stem, len(parts), shard), size))
    return parts


def _write_part(folder: Path, stem: str, number: int, tensors: dict[str, Tensor]) -> tuple[Path, list[str]]:
    path = folder / f"{stem}-{number}.part"
    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except (OSError, SafetensorError) as error:  # the library's own error hides what the disk said
        path.unlink(missing_ok=True)
        raise OutputError(f"{folder}: {stem}.safetensors cannot be written ({error})") from error
    return path, list(tensors)


def _index(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.safetensors.index.json"


def _open_shards(index: Path) -> dict[str, StoredTensor]:
    try:
        weight_map: Any = read_json(index, "an index of shards")["weight_map"]
        files = sorted(set(weight_map.values()))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{index}: not an index of shards; expected an object with a weight_map") from error
    tensors: dict[str, StoredTensor] = {}
    for file in files:
        if not isinstance(file, str) or Path(file).name != file:
            raise InputError(f"{index}: lists the file {shown(file)}, expected names of files beside it")
        found = open_tensors(index.parent / file)
        twice = sorted(set(found) & set(tensors))
        if twice:
            raise InputError(
                f"{index.parent / file}: holds {twice[0]}, which {tensors[twice[0]].path.name} has already"
            )
        tensors.update(found)
    lacking = sorted(set(weight_map) - set(tensors))
    if lacking:
        raise InputError(f"{index}: lists {lacking[0]}, but {weight_map[lacking[0]]} does not hold it")
    return tensors


def _open_safetensors(path: Path) -> dict[str, StoredTensor]:
    try:
        file: Any = safe_open(path, framework="pt")  # untyped
        sizes = {name: tuple(file.get_slice(name).get_shape()) for name in list(file.keys())}
    except (SafetensorError, OSError, MemoryError) as error:  # MemoryError: a file longer than can be mapped
        raise InputError(f"{path}: not a readable safetensors file ({reason(error)})") from error
    reads = {name: partial(_read_safetensor, file, path, name) for name in sizes}
    return {name: StoredTensor(path, name, shape, reads[name]) for name, shape in sizes.items()}


def _read_safetensor(file: Any, path: Path, name: str) -> Tensor:
    try:
        tensor: Tensor = file.get_tensor(name)
    except (SafetensorError, OSError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {name} cannot be read ({reason(error)}), expected a tensor") from error
    return tensor


def _open_state_dict(path: Path) -> dict[str, StoredTensor]:
    try:
        mapped = zipfile.is_zipfile(path)  # what torch wrote before 1.6 cannot be mapped into memory
        values = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except _DAMAGED as error:
        reason = str(error).split("\n", 1)[0].split(". ", 1)[0]
        raise InputError(f"{path}: not a state dict of torch ({reason}); only tensors are read from pickles") from error
    if not isinstance(values, Mapping):
        raise InputError(f"{path}: holds a {type(values).__name__}, expected a state dict of named tensors")
    for name, value in values.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise InputError(f"{path}: {name!r} is a {type(value).__name__}, expected a state dict of named tensors")
        if value.layout != torch.strided or value.is_meta:
            raise InputError(f"{path}: {name!r} is {value.layout} on {value.device}, expected a plain tensor")
    return {name: StoredTensor(path, name, tuple(value.shape), value.detach) for name, value in values.items()}
