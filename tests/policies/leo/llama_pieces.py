"""A tokenizer of LLaMA's size that ends in the pieces LEO uses as actions, as LLaMA's own does: ordinary text there."""

from collections.abc import Sequence

from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.corpus import tokenizer_corpus
from leo_agent.policies.leo.text.sentence_piece_tokenizer import train_tokenizer


def llama_like(pieces: Sequence[str]) -> bytes:
    """A SentencePiece model of 32000 pieces: a trained one's, fillers, and at its end the given ones, last first."""
    trained = train_tokenizer(tokenizer_corpus(), 600)
    reserved = trained.vocab_size - NUM_ACTION_TOKENS
    text = trained.model[: trained.model.index(b"<yaw_35>") - 4]  # a piece begins with two tags and two lengths
    fillers = [f"<filler_{number}>" for number in range(32000 - reserved - len(pieces))]
    return text + b"".join(map(_normal_piece, [*fillers, *pieces[::-1]]))


def _normal_piece(name: str) -> bytes:
    """The field `pieces` of a model: a message of the name alone, whose type is then NORMAL."""
    raw = name.encode("utf-8")
    return bytes([0x0A, len(raw) + 2, 0x0A, len(raw)]) + raw
