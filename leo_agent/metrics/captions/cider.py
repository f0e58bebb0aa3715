"""CIDEr-D as coco-caption computes it (Vedantam et al. 2015; pycocoevalcap 1.2).

Words that many candidates' references have count little: the document frequencies are those of the references that are
scored together. A single candidate has no other to tell its words apart, and scores 0.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leo_agent.metrics.captions.ngrams import LONGEST, Words, ngram_counts

_SIGMA = 6.0  # of the penalty on another length
_SCALE = 10.0


@dataclass(frozen=True)
class _Vector:
    """A text's n-grams with their weights."""

    weights: tuple[dict[Words, float], ...]  # of n-grams of n = 1 to 4 words
    norms: tuple[float, ...]
    length: int  # number of pairs of words


def cider_d(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> list[float]:
    """Of each candidate; of the whole it is their mean.

    Args:
        candidates: words of each.
        references: words of the references of each, at least one.
    """
    counted = [[ngram_counts(reference) for reference in given] for given in references]
    documents: Counter[Words] = Counter()
    for given in counted:
        documents.update({ngram for reference in given for ngram in reference})
    log_total = math.log(len(candidates)) if candidates else 0.0
    scores = []
    for candidate, given in zip(candidates, counted, strict=True):
        ours = _vector(ngram_counts(candidate), documents, log_total)
        alike = [_similarity(ours, _vector(reference, documents, log_total)) for reference in given]
        scores.append(float(np.mean(np.sum(alike, axis=0))) / len(given) * _SCALE)
    return scores


def _vector(counts: Counter[Words], documents: Counter[Words], log_total: float) -> _Vector:
    weights: tuple[dict[Words, float], ...] = tuple({} for _ in range(LONGEST))
    squares = [0.0] * LONGEST
    length = 0
    for ngram, count in counts.items():
        n = len(ngram) - 1
        weight = count * (log_total - math.log(max(1.0, documents[ngram])))
        weights[n][ngram] = weight
        squares[n] += weight**2
        if n == 1:  # lengths are counted in pairs of words there
            length += count
    return _Vector(weights, tuple(math.sqrt(square) for square in squares), length)


def _similarity(candidate: _Vector, reference: _Vector) -> list[float]:
    """Cosine of n-grams of each length: what the candidate has too often does not count, other lengths cost."""
    penalty = math.exp(-((candidate.length - reference.length) ** 2) / (2 * _SIGMA**2))
    found = []
    for n in range(LONGEST):
        known = reference.weights[n]
        dot = sum(
            min(weight, known.get(ngram, 0.0)) * known.get(ngram, 0.0) for ngram, weight in candidate.weights[n].items()
        )
        norms = candidate.norms[n] * reference.norms[n]
        found.append((dot / norms if norms else dot) * penalty)
    return found
