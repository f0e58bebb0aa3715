"""BLEU-1 to BLEU-4 as coco-caption computes them (Papineni et al. 2002; pycocoevalcap 1.2, `closest`)."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leo_agent.metrics.captions.ngrams import LONGEST, Words, ngram_counts

# Its constants against division by zero; they decide the last digits, and what an n-gram that never matches gives.
_TINY, _SMALL = 1e-15, 1e-9


@dataclass(frozen=True)
class _Counts:
    """Of one candidate, or of several together."""

    length: int  # words of the candidate
    reference_length: int  # words of the reference nearest in length, of two the shorter
    guessed: tuple[int, ...]  # n-grams of the candidate, n = 1 to 4
    right: tuple[int, ...]  # those of them that are in a reference, each as often as in one of them at most

    def score(self) -> list[float]:
        """BLEU-1 to BLEU-4."""
        product, scores = 1.0, []
        for n, (right, guessed) in enumerate(zip(self.right, self.guessed, strict=True), start=1):
            product *= (right + _TINY) / (guessed + _SMALL)
            scores.append(product ** (1.0 / n))
        ratio = (self.length + _TINY) / (self.reference_length + _SMALL)
        brevity = math.exp(1 - 1 / ratio) if ratio < 1 else 1.0
        return [score * brevity for score in scores]


def bleu(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> tuple[list[float], list[list[float]]]:
    """BLEU-1 to BLEU-4 of the whole, and of each candidate.

    Args:
        candidates: words of each.
        references: words of the references of each, at least one.
    """
    each = list(_counts(candidates, references))
    whole = _Counts(
        sum(counts.length for counts in each),
        sum(counts.reference_length for counts in each),
        tuple(sum(counts.guessed[n] for counts in each) for n in range(LONGEST)),
        tuple(sum(counts.right[n] for counts in each) for n in range(LONGEST)),
    )
    return whole.score(), [counts.score() for counts in each]


def _counts(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> Iterator[_Counts]:
    for candidate, given in zip(candidates, references, strict=True):
        most: Counter[Words] = Counter()
        for reference in given:
            most |= ngram_counts(reference)
        right = [0] * LONGEST
        for ngram, count in ngram_counts(candidate).items():
            right[len(ngram) - 1] += min(count, most[ngram])
        length = len(candidate)
        nearest = min((abs(len(reference) - length), len(reference)) for reference in given)[1]
        yield _Counts(length, nearest, tuple(max(0, length - n) for n in range(LONGEST)), tuple(right))
