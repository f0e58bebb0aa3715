"""Where a tokenizer lies: in a checkpoint folder, and in the released folder of a language model."""

from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import Architecture
from leo_agent.policies.leo.text.byte_pair_tokenizer import MERGES_FILE, VOCABULARY_FILE, BytePairTokenizer
from leo_agent.policies.leo.text.sentence_piece_tokenizer import SentencePieceTokenizer
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

KINDS: tuple[type[LeoTokenizer], ...] = (SentencePieceTokenizer, BytePairTokenizer)
TOKENIZER_FILES = tuple(kind.file_name for kind in KINDS)


def tokenizer_file(folder: Path) -> Path:
    """The tokenizer's file in a checkpoint folder.

    Raises:
        InputError: there is none.
    """
    for name in TOKENIZER_FILES:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder}: holds no tokenizer; expected {' or '.join(TOKENIZER_FILES)}")


def read_tokenizer(folder: Path) -> LeoTokenizer:
    """The tokenizer of a checkpoint folder, of the kind that its file has.

    Raises:
        InputError: there is none, or it does not fit.
    """
    path = tokenizer_file(folder)
    return next(kind for kind in KINDS if kind.file_name == path.name).load(path)


def write_tokenizer(folder: Path, tokenizer: LeoTokenizer) -> None:
    """Writes the tokenizer's file and removes one of another kind."""
    (folder / tokenizer.file_name).write_bytes(tokenizer.model)
    for name in TOKENIZER_FILES:
        if name != tokenizer.file_name:
            (folder / name).unlink(missing_ok=True)


def released_tokenizer(folder: Path, architecture: Architecture) -> tuple[LeoTokenizer, Path]:
    """The tokenizer of a language model in Hugging Face's layout, and its (first) file.

    Llama's is a tokenizer.model, or a tokenizer.json of byte pairs; OPT's are vocab.json and merges.txt, or one
    tokenizer.json.

    Raises:
        InputError: a file is missing or does not fit.
    """
    path = folder / SentencePieceTokenizer.file_name
    if architecture == "llama" and (path.is_file() or not (folder / BytePairTokenizer.file_name).is_file()):
        return SentencePieceTokenizer.load(path), path
    if any((folder / name).is_file() for name in (VOCABULARY_FILE, MERGES_FILE)):
        return BytePairTokenizer.from_vocabulary(folder), folder / VOCABULARY_FILE
    path = folder / BytePairTokenizer.file_name
    if not path.is_file():
        raise InputError(f"{folder}: holds no tokenizer; expected {VOCABULARY_FILE} and {MERGES_FILE}, or {path.name}")
    return BytePairTokenizer.load(path), path
