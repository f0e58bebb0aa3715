"""Instructions as arrays of numbers."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import NDArray

from leo_agent.contract.checks import check_whole
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.read_only import freeze_array

KEY = "instruction"


class TokenizedInstruction(gymnasium.ObservationWrapper[dict[str, Any], Any, Any], RecordConstructorArgs):
    """The instruction as its UTF-8 bytes: an array (length,) of uint8, zeros behind the end.

    Args:
        env: its observations have an `instruction`.
        length: how many bytes; by default the most that an instruction of this environment can have.

    Raises:
        InputError: there is no such key, the length is none, or an instruction is longer.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], length: int | None = None) -> None:
        RecordConstructorArgs.__init__(self, length=length)
        gymnasium.ObservationWrapper.__init__(self, env)
        seen = env.observation_space
        text = seen.spaces.get(KEY) if isinstance(seen, spaces.Dict) else None
        if not isinstance(seen, spaces.Dict) or not isinstance(text, spaces.Text):
            raise InputError(f"env: found observations without a text {KEY!r}, expected one to be tokenised")
        most = text.max_length * max(len(character.encode()) for character in text.character_set)
        self._length = most if length is None else check_whole("length", length, 1)
        self.observation_space = spaces.Dict({**seen.spaces, KEY: spaces.Box(0, 255, (self._length,), np.uint8)})

    def observation(self, observation: dict[str, Any]) -> dict[str, Any]:
        content = observation[KEY].encode()
        if len(content) > self._length:
            raise InputError(f"length: found {self._length}, expected {len(content)} for {shown(observation[KEY])}")
        tokens = np.zeros(self._length, np.uint8)
        tokens[: len(content)] = np.frombuffer(content, np.uint8)
        return {**observation, KEY: freeze_array(tokens)}

    @staticmethod
    def text(tokens: NDArray[Any]) -> str:
        """The instruction that tokens (length,) stand for."""
        return bytes(np.asarray(tokens, np.uint8)).rstrip(b"\0").decode()
