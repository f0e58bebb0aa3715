"""The order in which a pass goes over the frames of a dataset, such that neighbours are of a few houses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Houses in a block of frames. Their clouds are encoded once a batch, whatever its size; of fewer houses the samples of
# a batch would be more alike, and so would the clouds that batch normalisation sees.
HOUSES = 8


@dataclass(frozen=True, eq=False)
class EpisodeFrames:
    """Where the frames of some episodes are, and where the episodes were recorded."""

    start: NDArray[np.int64]  # (E,) number of the first frame
    length: NDArray[np.int64]  # (E,) number of frames
    house: NDArray[np.int64]  # (E,) any number that episodes of one house share

    @property
    def num_frames(self) -> int:
        """Of all of them."""
        return int(self.length.sum())


def house_numbers(names: Sequence[object]) -> NDArray[np.int64]:
    """(E,) a number for each house; episodes without a name (None) are each in a house of their own."""
    known: dict[object, int] = {}
    own = [("", place) if name is None else name for place, name in enumerate(names)]
    return np.array([known.setdefault(name, len(known)) for name in own], dtype=np.int64)


def block_order(episodes: EpisodeFrames, block_frames: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(num_frames,) every frame once.

    The episodes of a house come in random order, in pieces of an eighth of a block. Pieces of all houses are put in
    random order and cut into blocks of about `block_frames`; the frames of a block are in random order. A reader who
    holds the episodes of two blocks needs each of them once a pass.
    """
    shuffled = rng.permutation(len(episodes.start))
    chosen = shuffled[np.argsort(episodes.house[shuffled], kind="stable")]
    start, length, house = episodes.start[chosen], episodes.length[chosen], episodes.house[chosen]
    before = np.cumsum(length) - length
    first_of_house = np.flatnonzero(np.diff(house, prepend=house[:1] - 1))
    in_house = before - np.repeat(before[first_of_house], np.diff(first_of_house, append=len(house)))
    piece = in_house // max(1, block_frames // HOUSES)
    changed = (np.diff(house, prepend=house[:1] - 1) != 0) | (np.diff(piece, prepend=0) != 0)
    piece_number = np.cumsum(changed) - 1
    by_piece = np.argsort(rng.permutation(int(changed.sum()))[piece_number], kind="stable")
    start, length = start[by_piece], length[by_piece]
    before, total = np.cumsum(length) - length, int(length.sum())
    frames = np.repeat(start - before, length) + np.arange(total)
    blocks = max(1, round(total / block_frames))
    block = np.repeat(before * blocks // max(1, total), length)
    order: NDArray[np.int64] = frames[np.lexsort((rng.random(total), block))]
    return order
