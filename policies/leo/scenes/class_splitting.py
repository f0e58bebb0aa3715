"""Objects of a scan whose vertices know their class alone: the parts of a class that hang together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def split_classes(xyz: NDArray[np.floating], classes: Ids, edges: Ids) -> Ids:
    """The object (V,) of each vertex from 1 on, by class and then first vertex; -1 = of no class or in no part.

    Two vertices hang together where a face of one class joins them, or where they lie at the same place. A vertex alone
    is no part.

    Args:
        xyz: (V, 3).
        classes: (V,), -1 = none.
        edges: (E, 2) vertices that a face joins.
    """
    _, places = np.unique(xyz, axis=0, return_inverse=True)
    # A place belongs to a class once for each class that has vertices there.
    _, nodes = np.unique(np.stack([places.ravel(), classes], axis=1), axis=0, return_inverse=True)
    nodes = nodes.ravel()
    joined = edges[(classes[edges[:, 0]] == classes[edges[:, 1]]) & (classes[edges[:, 0]] >= 0)]
    parts = _components(int(nodes.max(initial=-1)) + 1, nodes[joined])[nodes]
    is_part = np.zeros(len(xyz), bool)
    is_part[joined] = True
    is_part &= classes >= 0
    if not is_part.any():
        return np.full(len(xyz), -1, np.int64)
    found, first, rows = np.unique(parts[is_part], return_index=True, return_inverse=True)
    order = np.lexsort((first, classes[is_part][first]))
    numbers = np.empty(len(found), np.int64)
    numbers[order] = np.arange(1, len(found) + 1)
    ids = np.full(len(xyz), -1, np.int64)
    ids[is_part] = numbers[rows.ravel()]
    return ids


def _components(count: int, edges: Ids) -> Ids:
    """The lowest node (count,) that each node is connected to.

    Every node points to a lower one; ends of an edge are hooked together and chains cut short until nothing changes
    (Shiloach and Vishkin 1982).
    """
    lowest = np.arange(count)
    while True:
        ends = lowest[edges]
        apart = ends[:, 0] != ends[:, 1]
        if not apart.any():
            return lowest
        edges, ends = edges[apart], ends[apart]
        np.minimum.at(lowest, ends.max(axis=1), ends.min(axis=1))
        while not np.array_equal(shorter := lowest[lowest], lowest):
            lowest = shorter
