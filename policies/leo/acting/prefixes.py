"""The constant beginnings of prompts, read once: keys and values by the token ids that they stand for."""

from collections import OrderedDict

from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel
from torch import Tensor

MOST_PREFIXES = 8


class Prefixes:
    """Keys and values of text prefixes of one model; those used last are kept."""

    def __init__(self, model: LeoModel) -> None:
        self._model = model
        self._read: OrderedDict[tuple[int, ...], KeyValues] = OrderedDict()

    def of(self, ids: Tensor) -> KeyValues:
        """Those of a prefix (L,)."""
        key = tuple(ids.tolist())
        if key not in self._read:
            while len(self._read) >= MOST_PREFIXES:
                self._read.popitem(last=False)
            self._read[key] = self._model.prefix(ids)
        self._read.move_to_end(key)
        return self._read[key]
