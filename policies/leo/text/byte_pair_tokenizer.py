"""Byte pairs as OPT's and SmolLM2's, which are GPT-2's: their text side for LEO, strictly read from their files.

SmolLM2-Instruct answers in the markup of its chats alone: LEO's opening is then what the system says, an instruction a
turn of the user, and what starts an answer the assistant's; the marks `USER:` and `ASSISTANT:` are left out.

In OPT's own texts `</s>` comes first and a word carries the space before it; nothing like LLaMA's leading space is put
before the first word. So a piece of a prompt that follows another begins with its space, and one after BOS or EOS does
not: the ids are those that OPT's tokenizer gives for the whole prompt.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tokenizers import Tokenizer, decoders, models

from leo_agent.contract.errors import InputError
from leo_agent.contract.files import read_file
from leo_agent.contract.json_file import parse_json
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.byte_pair_dialects import (
    BYTE_CHARACTERS,
    DIGITS_APART,
    Dialect,
    dialect_of,
    short,
)
from leo_agent.policies.leo.text.prompts import ActionPrompt
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

VOCABULARY_FILE, MERGES_FILE = "vocab.json", "merges.txt"
MARKED_TURN = ("USER: ", " ASSISTANT:")  # what LEO's prompts put around what is said
UNMADE = re.compile(r"<.+>|madeupword\d+")  # pieces that no merge makes: names, such as <mask>
REPLACEMENT = "\ufffd"
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))

# Settings of the model in a tokenizer.json that change no piece; the first is what is expected.
_PLAIN: dict[str, tuple[Any, ...]] = {
    "type": ("BPE", None),
    "dropout": (None, 0),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (False, None),
    "ignore_merges": (False, None),
}
Merges = list[tuple[str, str]]


class BytePairTokenizer(LeoTokenizer):
    """Nothing that a text holds is taken for a control piece: only the vocabulary and merges of the file are used.

    OPT's last ids are rare pieces, and among them bytes: those of control characters, also line feed and tabulator, and
    of a few scripts. A character that has such a byte cannot be said: it becomes a space, or U+FFFD.
    """

    file_name = "tokenizer.json"
    kind = "byte-pair model in the layout of Hugging Face's tokenizers"

    def __init__(self, model: bytes, where: str = file_name) -> None:
        vocabulary, merges = _read_model(model, where)
        self.model = model
        self.vocab_size = len(vocabulary)
        self._dialect = dialect_of(vocabulary, where)
        self.bos_id, self.eos_id = vocabulary[self._dialect.bos], vocabulary[self._dialect.eos]
        self._pieces = sorted(vocabulary, key=vocabulary.__getitem__)
        if self._dialect.drops_merges:
            merges = _without_pieces(merges, self._pieces[self._first_action_id :])
        self._tokenizer = _tokenizer(vocabulary, merges, self._dialect)
        unsayable = {each for each in BYTE_CHARACTERS if vocabulary.get(each, self.vocab_size) >= self._first_action_id}
        self._unsayable = {byte for byte, each in enumerate(BYTE_CHARACTERS) if each in unsayable}
        if not self._is_sayable(_PRINTABLE + REPLACEMENT):
            raise InputError(f"{where}: the last {NUM_ACTION_TOKENS} pieces hold letters, expected rare pieces alone")
        self._spelled = {
            each: [vocabulary[byte] for byte in self._pieces[each]]
            for each in (*range(len(self._dialect.control_pieces)), *range(self._first_action_id, self.vocab_size))
            if unsayable.isdisjoint(self._pieces[each])
        }

    @classmethod
    def from_vocabulary(cls, folder: Path) -> Self:
        """The tokenizer of GPT-2's two files, vocab.json and merges.txt.

        Raises:
            InputError: one is missing or does not fit.
        """
        paths, both = (folder / VOCABULARY_FILE, folder / MERGES_FILE), f"both {VOCABULARY_FILE} and {MERGES_FILE}"
        in_vocabulary, in_merges = map(str, paths)
        pieces, lines = (read_file(path, both) for path in paths)
        vocabulary = _checked_vocabulary(parse_json(pieces, in_vocabulary, "a vocabulary"), in_vocabulary)
        merges = _checked_merges(_lines(lines, in_merges), vocabulary, in_merges)
        dialect = dialect_of(vocabulary, in_vocabulary)
        return cls(_tokenizer(vocabulary, merges, dialect).to_str().encode("utf-8"), in_vocabulary)

    def encode(self, text: str) -> list[int]:
        return self.encode_continuation(" " + text) if text else []

    def encode_beginning(self, text: str) -> list[int]:
        return self.encode_continuation(text)

    def encode_continuation(self, text: str) -> list[int]:
        return self._ordinary(self._tokenizer.encode(self._sayable(text), add_special_tokens=False).ids)

    def encode_opening(self, text: str) -> list[int]:
        roles = self._dialect.roles
        return super().encode_opening(text if roles is None else f"{roles[0]}\n{text}")

    @property
    def answer_start(self) -> tuple[int, ...]:
        roles = self._dialect.roles
        return (self.bos_id,) if roles is None else (self.bos_id, *self.encode_beginning(f"{roles[2]}\n"))

    def encode_prompt(self, prompt: ActionPrompt) -> list[int]:
        if self._dialect.roles is None:
            return super().encode_prompt(prompt)
        before, after = MARKED_TURN
        actions = [self.action_id(index) for index in prompt.history]
        said = [*self._user(prompt.before.removeprefix(before)), *actions]
        return [*said, *self.encode_continuation(prompt.after.removesuffix(after)), *self._end]

    def encode_turns(self, turns: Sequence[str]) -> list[int]:
        if self._dialect.roles is None:
            return super().encode_turns(turns)
        before, after = MARKED_TURN
        ids: list[int] = []
        for turn in turns:
            asked, _, answered = turn.removeprefix(before).partition(after)
            ids += [*self._user(asked), *self._end]
            if answered:  # the next turn ends it
                ids += [*self.answer_start, *self.encode_beginning(answered.removeprefix(" "))]
        return ids

    def _user(self, said: str) -> list[int]:
        """What the user says, after the end of what goes before."""
        assert self._dialect.roles is not None  # asked for in the markup of a chat model alone
        return [*self._end, self.bos_id, *self.encode_beginning(f"{self._dialect.roles[1]}\n{said}")]

    @property
    def _end(self) -> list[int]:
        return [self.eos_id, *self.encode_beginning("\n")]

    def piece(self, token_id: int) -> str:
        return self._pieces[token_id]

    def _text(self, ids: list[int]) -> str:
        said = [each for each in ids if each >= len(self._dialect.control_pieces)]
        return str(self._tokenizer.decode(said, skip_special_tokens=False)).removeprefix(" ")

    def _sayable(self, text: str) -> str:
        """The text with characters that have ordinary ids."""
        if self._is_sayable(text):
            return text
        others = {each for each in set(text) if not self._is_sayable(each)}
        return text.translate({ord(each): " " if each.isspace() else REPLACEMENT for each in others})

    def _is_sayable(self, text: str) -> bool:
        return self._unsayable.isdisjoint(text.encode("utf-8"))


def _without_pieces(merges: Merges, reserved: Sequence[str]) -> Merges:
    """The merges without those that make a reserved piece, or need one."""
    left_out = set(reserved)
    return [pair for pair in merges if left_out.isdisjoint((*pair, "".join(pair)))]


def _tokenizer(vocabulary: Mapping[str, int], merges: Merges, dialect: Dialect) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=dict(vocabulary), merges=merges))
    tokenizer.pre_tokenizer = dialect.words
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _read_model(content: bytes, where: str) -> tuple[dict[str, int], Merges]:
    """Vocabulary and merges of a tokenizer.json; what else it says has to leave the pieces as they are."""
    described = parse_json(content, where, "a tokenizer.json")
    model = described.get("model") if isinstance(described, dict) else None
    if not isinstance(model, dict):
        raise InputError(f"{where}: holds no model, expected a tokenizer.json with a byte-pair model")
    settings = [("normalizer", described.get("normalizer"), (None,))]
    settings += [(f"model.{name}", model.get(name), allowed) for name, allowed in _PLAIN.items()]
    for name, found, allowed in settings:
        if found not in allowed:
            raise InputError(f"{where}: {name}: found {short(found)}, expected {allowed[0]!r}")
    vocabulary = _checked_vocabulary(model.get("vocab"), where)
    _check_words(described.get("pre_tokenizer"), dialect_of(vocabulary, where), where)
    return vocabulary, _checked_merges(model.get("merges"), vocabulary, where)


def _check_words(found: Any, dialect: Dialect, where: str) -> None:
    """How texts are cut before pieces are joined has to be the model's."""
    kinds = found.get("pretokenizers") if isinstance(found, dict) and found.get("type") == "Sequence" else [found]
    kinds = kinds if isinstance(kinds, list) and all(isinstance(each, dict) for each in kinds) else [{}]
    digits, words = kinds[:-1], kinds[-1]
    expected = [{"type": "Digits", "individual_digits": True}] if dialect.words is DIGITS_APART else []
    if digits != expected or words.get("type") != "ByteLevel" or words.get("use_regex", True) is not True:
        apart = "Digits with individual_digits, then " if expected else ""
        raise InputError(f"{where}: pre_tokenizer is not {dialect.name}'s, expected {apart}ByteLevel with use_regex")


def _lines(content: bytes, where: str) -> list[str]:
    """The merges of a merges.txt, one a line, after a line that states the version."""
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not text ({error})") from error
    first = 1 if lines[0].startswith("#version") else 0
    return [line.removesuffix("\r") for line in lines[first:] if line.strip()]


def _checked_vocabulary(found: Any, where: str) -> dict[str, int]:
    if not isinstance(found, dict) or not all(type(each) is int for each in found.values()):
        raise InputError(f"{where}: holds no vocabulary, expected an object of pieces and their ids")
    if sorted(found.values()) != list(range(len(found))):
        raise InputError(f"{where}: the ids of its {len(found)} pieces are not 0 to {len(found) - 1}, each once")
    dialect = dialect_of(found, where)
    alphabet = set(BYTE_CHARACTERS)
    lacking = sorted(alphabet - found.keys())
    if lacking and not dialect.lacks_bytes:
        raise InputError(f"{where}: {len(lacking)} of the 256 bytes have no piece, first {lacking[0]!r}")
    if strange := sorted(each for each in found if not alphabet.issuperset(each)):
        raise InputError(f"{where}: the piece {short(strange[0])} is not written in GPT-2's characters for bytes")
    if len(found) <= NUM_ACTION_TOKENS + len(alphabet) + len(dialect.control_pieces):
        raise InputError(f"{where}: {len(found)} pieces, expected more than {NUM_ACTION_TOKENS + 260}")
    return found


def _checked_merges(found: Any, vocabulary: Mapping[str, int], where: str) -> Merges:
    """Pairs of pieces; given as such, or as texts with a space between the two."""
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise InputError(f"{where}: holds no merges, expected a list of pairs of pieces")
    merges: Merges = []
    for number, each in enumerate(found, start=1):
        pair = each.split(" ") if isinstance(each, str) else each
        known = isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
        if not known or not vocabulary.keys() >= {*pair, "".join(pair)}:
            raise InputError(f"{where}: merge {number} is {short(each)}, expected two pieces that make a third")
        merges.append((pair[0], pair[1]))
    made = {*BYTE_CHARACTERS, *map("".join, merges)}
    if unmade := [each for each in vocabulary if each not in made and not UNMADE.fullmatch(each)]:
        raise InputError(f"{where}: {len(unmade)} pieces of the vocabulary have no merge, first {short(unmade[0])}")
    return merges
