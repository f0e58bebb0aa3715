"""What a text tokenizer is to LEO: pieces of prompts as token ids, whose last ids are reserved for actions.

The text side is encoded piece by piece; the action ids are spliced in as ids, never as characters.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from leo_agent.contract.files import read_file
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS
from leo_agent.policies.leo.text.prompts import ActionPrompt

END_OF_TURN = "</s>"


class LeoTokenizer(ABC):
    """Text and action ids of one model of text pieces.

    Ordinary text never yields an action id: where a reserved piece is one that text would use, the ids of its UTF-8
    bytes take its place. `</s>` in a text stays text.
    """

    file_name: ClassVar[str]  # in a checkpoint folder
    kind: ClassVar[str]  # what that file is, in words
    model: bytes  # its content
    vocab_size: int
    bos_id: int
    eos_id: int
    _spelled: Mapping[int, Sequence[int]]  # ids that no text may yield: the ids that take their place

    @abstractmethod
    def __init__(self, model: bytes, where: str) -> None:
        """Reads the content of a file.

        Raises:
            InputError: it is not what is expected; `where` names the file.
        """

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the file.

        Raises:
            InputError: it is missing or does not fit.
        """
        return cls(read_file(path, f"a {cls.kind}"), str(path))

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Ids of a text that stands, as a word of its own, after what goes before; without BOS."""

    @abstractmethod
    def encode_beginning(self, text: str) -> list[int]:
        """Ids of a text right after BOS or EOS."""

    @abstractmethod
    def encode_continuation(self, text: str) -> list[int]:
        """Ids of a text that continues what goes before without a space."""

    @abstractmethod
    def piece(self, token_id: int) -> str:
        """The text that stands for a token id."""

    @abstractmethod
    def _text(self, ids: list[int]) -> str:
        """What `decode` gives for ids that are none of an action."""

    def encode_opening(self, text: str) -> list[int]:
        """Ids of the text that everything begins with."""
        return [self.bos_id, *self.encode_beginning(text)]

    @property
    def answer_start(self) -> tuple[int, ...]:
        """Ids after which an answer begins."""
        return (self.bos_id,)

    def encode_prompt(self, prompt: ActionPrompt) -> list[int]:
        """Ids of a prompt with its past actions."""
        actions = [self.action_id(index) for index in prompt.history]
        return self.encode(prompt.before) + actions + self.encode_continuation(prompt.after)

    def encode_turns(self, turns: Sequence[str]) -> list[int]:
        """Ids of the turns of a dialogue with EOS between them; `</s>` in a turn stays text."""
        ids = self.encode(turns[0]) if turns else []
        for turn in turns[1:]:
            ids += [self.eos_id, *self.encode_beginning(turn)]
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids, without the space that parts it from what goes before; action ids are left out."""
        return self._text([int(each) for each in ids if each < self._first_action_id])

    def action_id(self, index: int) -> int:
        """Token id of an action index: V - 1 - n."""
        return self.vocab_size - 1 - index

    def action_index(self, token_id: int) -> int | None:
        """Action index of a token id, or None if it is an ordinary one."""
        return self.vocab_size - 1 - token_id if self._first_action_id <= token_id < self.vocab_size else None

    @property
    def _first_action_id(self) -> int:
        return self.vocab_size - NUM_ACTION_TOKENS

    def _ordinary(self, ids: list[int]) -> list[int]:
        """The ids of a text without those that no text may yield."""
        if self._spelled.keys().isdisjoint(ids):
            return ids
        return [safe for each in ids for safe in self._spelled.get(each, (each,))]
