"""The constant beginnings of prompts, prefilled once."""

from collections import OrderedDict

from torch import Tensor

from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel

MOST_PREFIXES = 8


class PrefixCache:
    """Keys and values of text prefixes of one model, by their token ids; those used last are kept."""

    def __init__(self, model: LeoModel) -> None:
        self._model = model
        self._prefilled: OrderedDict[tuple[int, ...], KeyValues] = OrderedDict()

    def of(self, ids: Tensor) -> KeyValues:
        """Those of a prefix (L,)."""
        key = tuple(ids.tolist())
        if key not in self._prefilled:
            while len(self._prefilled) >= MOST_PREFIXES:
                self._prefilled.popitem(last=False)
            self._prefilled[key] = self._model.prefix(ids)
        self._prefilled.move_to_end(key)
        return self._prefilled[key]
