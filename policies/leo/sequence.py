"""LEO's one packed sequence, as integers: where text ids, the image token, the object tokens and the answer stand.

[BOS role prompt, situation][image prompt][image][objects prompt][agent, objects][instruction] [BOS answer]

An absent image (with its prompt) and empty object slots take no place, so positions are the same in training and in
generation. Text is its token id >= 0; the image is IMAGE; object slot k is OBJECT - k, the agent slot 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from policies.leo import action_tokens, prompts
from policies.leo.action_tokens import NUM_ACTION_TOKENS, TokenRange
from policies.leo.tokenizer import LeoTokenizer

IMAGE = -1
OBJECT = -2


@dataclass(frozen=True, eq=False)
class Grammar:
    """Which action indices may stand at each position of an answer: allowed (A, 524) bool."""

    allowed: np.ndarray

    @property
    def length(self) -> int:
        return len(self.allowed)

    def without(self, indices: Iterable[int]) -> "Grammar":
        """The same without these action indices, at every position."""
        allowed = self.allowed.copy()
        allowed[:, list(indices)] = False
        return Grammar(allowed)


@lru_cache
def navigation_grammar(num_actions: int = 6) -> Grammar:
    """One of the first `num_actions` of Habitat's actions."""
    allowed = np.zeros((1, NUM_ACTION_TOKENS), dtype=bool)
    allowed[0, action_tokens.navigation_indices(num_actions)] = True
    return Grammar(allowed)


@lru_cache
def tabletop_grammar() -> Grammar:
    """u, v, yaw of the pick, then of the place."""
    return Grammar(np.stack([_block(each) for each in action_tokens.TABLETOP_GRAMMAR]))


def _block(block: TokenRange) -> np.ndarray:
    indices = np.arange(NUM_ACTION_TOKENS)
    return (indices >= block.start) & (indices < block.start + block.size)


class SequenceBuilder:
    """Lays sequences out with one tokenizer; the constant pieces are encoded once."""

    def __init__(self, tokenizer: LeoTokenizer, max_prompt_tokens: int = 255) -> None:
        self.tokenizer = tokenizer
        self._max_prompt_tokens = max_prompt_tokens
        self._image = [*tokenizer.encode(prompts.IMAGE_PROMPT), IMAGE]
        self._objects = tokenizer.encode(prompts.OBJECTS_PROMPT)
        self._situation = lru_cache(lambda text: [tokenizer.bos_id, *tokenizer.encode(prompts.pre_text(text))])

    def layout(
        self,
        prompt_ids: Sequence[int],
        num_objects: int,
        has_image: bool,
        situation: str = prompts.DEFAULT_SITUATION,
    ) -> np.ndarray:
        """(L,) int64 up to and with the BOS that starts the answer; a longer prompt loses its oldest tokens."""
        pieces = [
            *self._situation(situation),
            *(self._image if has_image else []),
            *self._objects,
            *range(OBJECT, OBJECT - 1 - num_objects, -1),
            *prompt_ids[-self._max_prompt_tokens :],
            self.tokenizer.bos_id,
        ]
        return np.array(pieces, dtype=np.int64)


def common_prefix(sequences: Sequence[np.ndarray]) -> int:
    """Length of the text that all sequences start with; each keeps at least its last token."""
    length = min(len(each) for each in sequences) - 1
    first = sequences[0][:length]
    text_ends = np.flatnonzero(first < 0)
    if len(text_ends):
        length = int(text_ends[0])
    for each in sequences[1:]:
        if not np.array_equal(first[:length], each[:length]):
            length = int(np.flatnonzero(first[:length] != each[:length])[0])
    return length
