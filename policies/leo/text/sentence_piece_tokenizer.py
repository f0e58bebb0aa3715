"""SentencePiece models as LLaMA's: their text side for LEO, and the training of small ones."""

import io
import struct
from collections.abc import Sequence

import sentencepiece
from sentencepiece import SentencePieceProcessor

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS, RANGES
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

_UNUSED_PIECE = 5
_NUM_BYTES = 256
_LEAST_PIECES = 300  # bytes and letters


class SentencePieceTokenizer(LeoTokenizer):
    """Each piece of a prompt begins with SentencePiece's leading space, also the first one, as LLaMA was trained.

    Our own models keep the reserved pieces unused; in a plain LLaMA model they are rare characters.
    """

    file_name = "tokenizer.model"
    kind = "SentencePiece model"

    def __init__(self, model: bytes, where: str = file_name) -> None:
        self._processor = SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(model)
        except RuntimeError as error:
            raise InputError(f"{where}: not a SentencePiece model ({error})") from error
        self.model = model
        self.vocab_size = self._processor.get_piece_size()
        self.bos_id = self._processor.bos_id()
        self.eos_id = self._processor.eos_id()
        byte_start = self._processor.piece_to_id("<0x00>")
        self._check(where, byte_start)
        self._spelled = {
            each: [byte_start + byte for byte in self.piece(each).encode("utf-8")]
            for each in range(self._first_action_id, self.vocab_size)
        }

    def encode(self, text: str) -> list[int]:
        return self._ordinary(self._processor.encode(text))

    def encode_beginning(self, text: str) -> list[int]:
        return self.encode(text)

    def encode_continuation(self, text: str) -> list[int]:
        """A line feed, always two ids of its own, goes before, so that the leading space is not the text's."""
        return self.encode("\n" + text)[2:]

    def piece(self, token_id: int) -> str:
        return str(self._processor.id_to_piece(token_id))

    def _text(self, ids: list[int]) -> str:
        return str(self._processor.decode(ids))

    def _check(self, where: str, byte_start: int) -> None:
        if self._first_action_id <= 3 + _NUM_BYTES:
            raise InputError(f"{where}: {self.vocab_size} pieces, expected more than {NUM_ACTION_TOKENS + 259}")
        if not self._processor.is_byte(byte_start):
            raise InputError(f"{where}: has no byte pieces, expected a model trained with byte_fallback")
        try:
            self._processor.id_to_piece(list(range(self.vocab_size)))
        except UnicodeDecodeError as error:
            raise InputError(f"{where}: has pieces that are no text ({error}), expected UTF-8") from error
        if self.bos_id < 0 or self.eos_id < 0:
            raise InputError(f"{where}: has no BOS or EOS piece")
        if len(self._processor.encode("\n")) != 2:
            raise InputError(f"{where}: changes line feeds, expected a model without normalisation, as LLaMA's")


def train_tokenizer(lines: Sequence[str], text_vocab_size: int = 1000) -> SentencePieceTokenizer:
    """Trains a BPE model with byte fallback on the lines and appends the action pieces after its last id.

    The number of text pieces is at most `text_vocab_size` (less if the lines do not hold as many). Deterministic.

    Raises:
        InputError: that is too few for bytes and letters.
    """
    if text_vocab_size < _LEAST_PIECES:
        raise InputError(
            f"vocab_size: found {text_vocab_size + NUM_ACTION_TOKENS}, expected at least "
            f"{_LEAST_PIECES + NUM_ACTION_TOKENS}: bytes, letters and {NUM_ACTION_TOKENS} actions"
        )
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
    return SentencePieceTokenizer(buffer.getvalue() + pieces)


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
