"""The floor of answers: the most frequent one of a set's training, whatever is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from leo_agent.contract.errors import InputError
from leo_agent.data.sets.base import find_set, is_there

NAME = "most-frequent"


def most_frequent_answer(data: Path, name: str) -> str:
    """Of a set's training; of equally frequent ones the first.

    Raises:
        InputError: the set has no training.
    """
    texts = find_set(name)
    if not is_there(texts, data, "train"):
        raise InputError(f"policy: {NAME} needs the split train of {name}, which {data} has not")
    counts = Counter(item.answers[0] for item in texts.read(data, "train"))
    if not counts:
        raise InputError(f"policy: {NAME} needs texts of {name} in the split train, found none in {data}")
    return counts.most_common(1)[0][0]
