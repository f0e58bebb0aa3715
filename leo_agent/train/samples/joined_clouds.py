"""The clouds of several sources as one table: a row says which source's, in the bits above those of its pose."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.policies.leo.batches.batch import PreparedClouds

_SOURCE_SHIFT = 48  # bits of a row in a source's own table, with what `augmentation` keeps in them
_OWN = (1 << _SOURCE_SHIFT) - 1


class JoinedClouds:
    """The tables of all sources, either of clouds or of their features."""

    def __init__(self, tables: Sequence[PreparedClouds]) -> None:
        self._tables = tables

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.floating]:
        source = rows >> _SOURCE_SHIFT
        if not len(rows):
            return self._tables[0][rows]
        parts = [(source == number, self._tables[number]) for number in np.unique(source).tolist()]
        taken = [(which, table[rows[which] & _OWN]) for which, table in parts]
        joined = np.empty((len(rows), *taken[0][1].shape[1:]), np.float32)
        for which, content in taken:
            joined[which] = content
        return joined


def rows_of_source(rows: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Rows of the joined table for those of one source's; -1 stays an empty slot."""
    return np.where(rows >= 0, rows | number << _SOURCE_SHIFT, -1)
