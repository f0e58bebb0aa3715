"""ROUGE-L as coco-caption computes it (Lin 2004; pycocoevalcap 1.2): the best precision and the best recall."""

from collections.abc import Sequence

_BETA = 1.2


def rouge_l(candidate: str, references: Sequence[str]) -> float:
    """Of one candidate.

    Words are what single spaces part, as there: an empty text is one empty word.
    """
    words = candidate.split(" ")
    given = [reference.split(" ") for reference in references]
    common = [_common(words, reference) for reference in given]
    precision = max(length / len(words) for length in common)
    recall = max(length / len(reference) for length, reference in zip(common, given, strict=True))
    if precision == 0 or recall == 0:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        diagonal = 0
        for column, compared in enumerate(other, start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == compared else max(above, row[column - 1])
            diagonal = above
    return row[-1]
