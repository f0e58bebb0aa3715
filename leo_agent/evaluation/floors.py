"""Floors of answers, reached without looking: what training answers most often, at all or to the same words."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leo_agent.contract.errors import InputError
from leo_agent.data.items import TextItem
from leo_agent.data.sets.base import find_set, is_there

_WORD = re.compile(r"[\w-]+")
_SAME = 1e-9  # differences of overlaps that are none


class Floor(ABC):
    """Answers the texts of one set from its training.

    Args:
        data: the data folder.
        name: of the set.

    Raises:
        InputError: the set has no training.
    """

    def __init__(self, data: Path, name: str) -> None:
        texts = find_set(name)
        self._items = list(texts.read(data, "train")) if is_there(texts, data, "train") else []
        if not self._items:
            raise InputError(f"policy: needs texts of {name} in the split train, found none in {data}")

    @abstractmethod
    def answer(self, item: TextItem) -> str:
        """To one text."""


class MostFrequent(Floor):
    """The most frequent answer, whatever is asked; of equally frequent ones the first."""

    def answer(self, item: TextItem) -> str:
        return self._answer

    @cached_property
    def _answer(self) -> str:
        return _most_frequent(self._items)


class SameWords(Floor):
    """The most frequent answer to the texts whose words overlap most with those that are asked.

    The overlap is the share of common words in those of both, each word by its inverse document frequency.
    """

    def __init__(self, data: Path, name: str) -> None:
        super().__init__(data, name)
        rows: dict[str, list[int]] = {}
        for row, item in enumerate(self._items):
            for word in _words(item):
                rows.setdefault(word, []).append(row)
        self._rows = {word: np.array(found) for word, found in rows.items()}
        self._weights = {word: float(np.log(1 + len(self._items) / len(found))) for word, found in rows.items()}
        self._totals = np.array([self._total(_words(item)) for item in self._items])

    def answer(self, item: TextItem) -> str:
        words = _words(item)
        shared: NDArray[np.float64] = np.zeros(len(self._items))
        for word in words & self._rows.keys():
            shared[self._rows[word]] += self._weights[word]
        either = self._totals + self._total(words) - shared
        overlap = shared / np.maximum(either, _SAME)
        return _most_frequent([self._items[row] for row in np.flatnonzero(overlap >= overlap.max() - _SAME)])

    def _total(self, words: set[str]) -> float:
        """Weight of words; one that training lacks weighs as the rarest."""
        rarest = float(np.log(1 + len(self._items)))
        return sum(self._weights.get(word, rarest) for word in words)


FLOORS: dict[str, type[Floor]] = {"most-frequent": MostFrequent, "same-words": SameWords}


def _words(item: TextItem) -> set[str]:
    turns = [said for turn in item.history for said in turn]
    return set(_WORD.findall(" ".join([item.situation, *turns, item.text]).lower()))


def _most_frequent(items: Sequence[TextItem]) -> str:
    return Counter(item.answers[0] for item in items).most_common(1)[0][0]
