"""SentencePiece text tokenizer whose last ids are reserved for actions, and the training of small ones.

The text side is encoded piece by piece, as LLaMA does; the action ids are spliced in as ids, never as characters.
"""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import sentencepiece
from sentencepiece import SentencePieceProcessor

from policies.errors import InputError
from policies.leo.action_tokens import NUM_ACTION_TOKENS, RANGES
from policies.leo.prompts import ActionPrompt

END_OF_TURN = "</s>"

_UNUSED_PIECE = 5
_NUM_BYTES = 256


class LeoTokenizer:
    """Text and action ids of one SentencePiece model.

    Ordinary text never yields an action id: our own models keep those pieces unused, and in a plain LLaMA model, where
    they are rare characters, such a character falls back to its UTF-8 bytes.
    """

    def __init__(self, model: bytes, where: str = "tokenizer.model") -> None:
        self._processor = SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise InputError(f"{where}: not a SentencePiece model ({error})") from error
        self.model = model
        self.vocab_size: int = self._processor.get_piece_size()
        self.bos_id: int = self._processor.bos_id()
        self.eos_id: int = self._processor.eos_id()
        self._first_action_id = self.vocab_size - NUM_ACTION_TOKENS
        self._byte_start: int = self._processor.piece_to_id("<0x00>")
        self._check(where)

    @classmethod
    def load(cls, path: Path) -> "LeoTokenizer":
        """Reads a tokenizer.model; InputError if it is missing or does not fit."""
        if not path.is_file():
            raise InputError(f"{path}: missing; expected a SentencePiece model")
        return cls(path.read_bytes(), str(path))

    def encode(self, text: str) -> list[int]:
        """Ids of a text that starts a piece (with SentencePiece's leading space), without BOS."""
        return self._without_action_ids(self._processor.encode(text))

    def encode_continuation(self, text: str) -> list[int]:
        """Ids of a text that continues another without a space: a line feed, always two ids of its own, goes before."""
        return self.encode("\n" + text)[2:]

    def encode_prompt(self, prompt: ActionPrompt) -> list[int]:
        """Ids of a prompt with its past actions."""
        actions = [self.action_id(index) for index in prompt.history]
        return self.encode(prompt.before) + actions + self.encode_continuation(prompt.after)

    def encode_turns(self, turns: Sequence[str]) -> list[int]:
        """Ids of the turns of a dialogue with EOS between them; each starts a piece, and `</s>` in it stays text."""
        ids = self.encode(turns[0]) if turns else []
        for turn in turns[1:]:
            ids += [self.eos_id, *self.encode(turn)]
        return ids

    def encode_dialogue(self, text: str) -> list[int]:
        """Ids of a dialogue written as one text, as in the published data: each `</s>` in it is EOS.

        Not for what a user says: that could then end a turn. It goes through `encode` or is one of `encode_turns`.
        """
        return self.encode_turns(text.split(END_OF_TURN))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids; action ids are left out."""
        return self._processor.decode([int(each) for each in ids if each < self._first_action_id])

    def piece(self, token_id: int) -> str:
        """The text that stands for a token id."""
        return str(self._processor.id_to_piece(token_id))

    def action_id(self, index: int) -> int:
        """Token id of an action index: V - 1 - n."""
        return self.vocab_size - 1 - index

    def action_index(self, token_id: int) -> int | None:
        """Action index of a token id, or None if it is an ordinary one."""
        return self.vocab_size - 1 - token_id if self._first_action_id <= token_id < self.vocab_size else None

    def _without_action_ids(self, ids: list[int]) -> list[int]:
        if max(ids, default=0) < self._first_action_id:
            return ids
        safe: list[int] = []
        for each in ids:
            if each < self._first_action_id:
                safe.append(each)
            else:
                safe.extend(self._byte_start + byte for byte in self._processor.id_to_piece(each).encode("utf-8"))
        return safe

    def _check(self, where: str) -> None:
        if self._first_action_id <= 3 + _NUM_BYTES:
            raise InputError(f"{where}: {self.vocab_size} pieces, expected more than {NUM_ACTION_TOKENS + 259}")
        if not self._processor.is_byte(self._byte_start):
            raise InputError(f"{where}: has no byte pieces, expected a model trained with byte_fallback")
        if self.bos_id < 0 or self.eos_id < 0:
            raise InputError(f"{where}: has no BOS or EOS piece")
        if len(self._processor.encode("\n")) != 2:
            raise InputError(f"{where}: changes line feeds, expected a model without normalisation, as LLaMA's")


def train_tokenizer(lines: Sequence[str], text_vocab_size: int = 1000) -> LeoTokenizer:
    """Trains a BPE model with byte fallback on the lines and appends the action pieces after its last id.

    The number of text pieces is at most `text_vocab_size` (less if the lines do not hold as many). Deterministic.
    """
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=buffer,
        model_type="bpe",
        vocab_size=text_vocab_size,
        hard_vocab_limit=False,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    pieces = b"".join(_serialized_piece(name) for name in _reserved_piece_names())
    return LeoTokenizer(buffer.getvalue() + pieces)


def _reserved_piece_names() -> list[str]:
    """Names of the reserved pieces in id order, that is from the last action index to the first."""
    names = [f"<{block.name}_{number}>" for block in RANGES for number in range(block.size)]
    return names[::-1]


def _serialized_piece(name: str) -> bytes:
    """A ModelProto field `pieces` (number 1): repeated fields may be appended to a serialized message as they are.

    The piece is {1: name, 2: score 0.0, 3: type UNUSED}.
    """
    raw = name.encode("utf-8")
    message = b"\x0a" + bytes([len(raw)]) + raw + b"\x15" + struct.pack("<f", 0.0) + b"\x18" + bytes([_UNUSED_PIECE])
    return b"\x0a" + bytes([len(message)]) + message
