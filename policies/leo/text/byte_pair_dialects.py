"""The models whose pieces are byte pairs, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokenizers import pre_tokenizers

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text.tokenizer import END_OF_TURN

_SEEN = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
WORDS = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
# SmolLM2 was trained with each digit apart; no merge joins digits, but blanks before them are joined otherwise.
DIGITS_APART = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), WORDS])


@dataclass(frozen=True)
class Dialect:
    """What differs between the models whose pieces are byte pairs."""

    name: str
    control_pieces: tuple[str, ...]  # the first ids
    bos: str
    eos: str
    # Words of the roles in the markup of a chat model: each turn is `BOS role line feed text EOS line feed`.
    roles: tuple[str, str, str] | None = None  # of the system, the user, the assistant
    # Whether merges that make a reserved piece are left out, so that text has other pieces in its place. Else such a
    # piece is spelled in bytes: as OPT was trained.
    drops_merges: bool = False
    # Whether bytes may have no piece: those that no UTF-8 has, and of the rarest characters.
    lacks_bytes: bool = False
    words: pre_tokenizers.PreTokenizer = WORDS  # what a text is cut into before pieces are joined


DIALECTS = (
    Dialect("OPT", ("<s>", "<pad>", END_OF_TURN, "<unk>"), END_OF_TURN, END_OF_TURN),
    Dialect(
        "SmolLM2",
        (
            *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<reponame>", "<file_sep>", "<filename>"),
            *("<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>"),
            *("<jupyter_text>", "<jupyter_code>", "<jupyter_output>", "<jupyter_script>", "<empty_output>"),
        ),
        bos="<|im_start|>",
        eos="<|im_end|>",
        roles=("system", "user", "assistant"),
        drops_merges=True,
        lacks_bytes=True,
        words=DIGITS_APART,
    ),
)


def _byte_characters() -> list[str]:
    """The character that stands for each byte in GPT-2's pieces: itself where it is seen, else the next from U+0100."""
    unseen = iter(range(0x100, 0x200))
    return [chr(byte) if byte in _SEEN else chr(next(unseen)) for byte in range(256)]


BYTE_CHARACTERS = _byte_characters()


def dialect_of(vocabulary: Mapping[str, int], where: str) -> Dialect:
    """Whose pieces these are.

    Raises:
        InputError: they are of no model that is known here.
    """
    for dialect in DIALECTS:
        if all(vocabulary.get(piece) == token_id for token_id, piece in enumerate(dialect.control_pieces)):
            return dialect
    first = next((piece for piece, token_id in vocabulary.items() if token_id == 0), None)
    names = " or ".join(each.name for each in DIALECTS)
    raise InputError(f"{where}: its first pieces, such as {short(first)}, are not those of {names}")


def short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
