"""Scan2Cap@0.5: dense captions, which count where a proposal finds their object (Chen et al. 2021; as LEO scores it).

References come as ScanRefer's corpus writes them, `sos … eos` with spaces around full stops; predictions are written
alike. A caption of an object that no proposal overlaps enough is blank, `sos eos`: it is scored, and gains little.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leo_agent.contract.errors import InputError

IOU_THRESHOLD = 0.5
_SMALL = 1e-8  # of LEO's denominator
BLANK = "sos eos"


def box_of(points: ArrayLike) -> NDArray[np.float64]:
    """(2, 3) lowest and highest corner of the box along the axes around points (n, 3), n >= 1."""
    given = np.asarray(points, np.float64)
    return np.stack([given.min(axis=0), given.max(axis=0)])


def box_iou(one: ArrayLike, other: ArrayLike) -> float:
    """Intersection over union of two boxes along the axes, each (2, 3) lowest and highest corner, metres."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    sides = np.minimum(a[1], b[1]) - np.maximum(a[0], b[0])
    common = float(np.prod(np.clip(sides, 0.0, None)))
    union = float(np.prod(a[1] - a[0]) + np.prod(b[1] - b[0])) - common
    return common / (union + _SMALL)


def best_proposal(target: ArrayLike, proposals: Sequence[ArrayLike], threshold: float = IOU_THRESHOLD) -> int | None:
    """Number of the proposal whose box (2, 3) overlaps the target's most; None where no overlap reaches the threshold.

    Of equal overlaps the last one counts, as in LEO's code.
    """
    best, found = threshold, None
    for number, box in enumerate(proposals):
        overlap = box_iou(target, box)
        if overlap >= best:
            best, found = overlap, number
    return found


def scored_caption(text: str, is_found: bool = True) -> str:
    """A predicted caption as it is compared with ScanRefer's corpus."""
    return f"sos {text.replace('. ', ' . ')} eos" if is_found else BLANK


def corpus_references(corpus: Mapping[str, Sequence[str]], keys: Sequence[str]) -> dict[str, list[str]]:
    """The references of these captions, by `scan|object id|object name`.

    Raises:
        InputError: the corpus has none for a key.
    """
    if missing := [key for key in keys if not corpus.get(key)]:
        raise InputError(f"references: none for {missing[0]}, expected one for each of {len(keys)} captions")
    return {key: list(corpus[key]) for key in keys}
