"""LEO's one packed sequence, as integers: where text ids, the image token, the object tokens and the answer stand.

[BOS role prompt, situation][image prompt][image][objects prompt][agent, objects][instruction] [BOS answer]

An absent image (with its prompt) and empty object slots take no place, so positions are the same in training and in
generation. Text is its token id >= 0; the image is IMAGE; object slot k is OBJECT - k, the agent slot 0.
"""

import logging
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.config.config import LeoConfig
from leo_agent.policies.leo.text import prompts
from leo_agent.policies.leo.text.tokenizer import LeoTokenizer

IMAGE = -1
OBJECT = -2
_LOG = logging.getLogger(__name__)


class SequenceBuilder:
    """Lays sequences out with one tokenizer; the constant pieces are encoded once.

    Args:
        tokenizer: of the model.
        config: of the model.
        training: with the published gaps between positions, where the configuration wants them; generation has none.
    """

    def __init__(self, tokenizer: LeoTokenizer, config: LeoConfig, training: bool = False) -> None:
        self.tokenizer = tokenizer
        self._config = config
        self._with_gaps = training and config.legacy.positions
        self._warned = False
        self._begin = tokenizer.encode(".") if config.legacy.bos else []
        self._image = [*tokenizer.encode(prompts.IMAGE_PROMPT), IMAGE]
        self._objects = [*self._begin, *tokenizer.encode(prompts.OBJECTS_PROMPT)]
        self._situation = lru_cache(lambda text: tokenizer.encode_opening(prompts.pre_text(text)))

    def layout(
        self,
        prompt_ids: Sequence[int],
        num_objects: int,
        has_image: bool,
        situation: str = prompts.DEFAULT_SITUATION,
        action_length: int = 1,
    ) -> NDArray[np.int64]:
        """(L,) int64 up to and with what starts the answer: BOS, or a chat model's words for it.

        A prompt of more than `max_prompt_tokens` loses its oldest past actions, then its first tokens; the first time,
        that is logged as a warning.

        Args:
            prompt_ids: the instruction's token ids, with its past actions.
            num_objects: how many objects there are, the agent not counted.
            has_image: whether there is an image.
            situation: where the agent is, in words.
            action_length: tokens of each past action in the prompt.

        Raises:
            InputError: the whole leaves no place for an answer in the language model's context.
        """
        pieces = [
            *self._situation(situation),
            *(self._image if has_image else []),
            *self._objects,
            *range(OBJECT, OBJECT - 1 - (self._config.spatial.object_tokens or num_objects), -1),
            *self._begin,
            *self._shortened(prompt_ids, action_length),
            *self.tokenizer.answer_start,
        ]
        context = self._config.language_model.max_positions
        if len(pieces) >= context:
            raise InputError(
                f"prompt: {len(pieces)} tokens, expected fewer than the {context} of the language model's context; "
                f"the situation has {len(self._situation(situation))}"
            )
        return np.array(pieces, dtype=np.int64)

    def warn_shortened(self, tokens: int) -> None:
        """Warns, once, that prompts of so many tokens lose the oldest."""
        if not self._warned:
            self._warned = True
            most = self._config.max_prompt_tokens
            _LOG.warning("a prompt of %d tokens, the model takes %d: the oldest are left out", tokens, most)

    def _shortened(self, prompt_ids: Sequence[int], action_length: int) -> Sequence[int]:
        most = self._config.max_prompt_tokens
        if len(prompt_ids) <= most:
            return prompt_ids
        self.warn_shortened(len(prompt_ids))
        past = [place for place, each in enumerate(prompt_ids) if self.tokenizer.action_index(each) is not None]
        dropped = set(past[: math.ceil((len(prompt_ids) - most) / action_length) * action_length])  # whole actions
        kept = [each for place, each in enumerate(prompt_ids) if place not in dropped]
        return kept[-most:]

    def positions(self, sequence: NDArray[np.int64]) -> NDArray[np.int64]:
        """(L,) int64 position of each token: 0, 1, 2, …, or with the gaps of the published layout."""
        positions = np.arange(len(sequence))
        if self._with_gaps:
            objects = np.flatnonzero(sequence <= OBJECT)
            begin = objects[0] - len(self._objects)
            if IMAGE not in sequence:
                positions[begin:] += len(self._image)
            positions[objects[-1] + 1 :] += self._config.max_objects + 1 - len(objects)
        return positions


def without_gap(positions: NDArray[np.int64]) -> int:
    """How many of the positions (L,) are 0, 1, 2, … from the first on."""
    return int(np.count_nonzero(positions == np.arange(len(positions))))


def common_prefix(sequences: Sequence[NDArray[np.int64]]) -> int:
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
