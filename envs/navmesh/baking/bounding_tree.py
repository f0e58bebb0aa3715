"""The tree of boxes around polygons in which a point's polygon is looked for, as Detour lays it out."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.compiled import kernel


@kernel
def build_tree(minimum: np.ndarray, maximum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(bounds (2 P, 6) int32, index (2 P,) int64) over boxes minimum, maximum (P, 3) int32 in cells.

    Nodes are in depth-first order; index is the box of a leaf, or minus how many nodes a branch holds. The last is
    unused.
    """
    count = len(minimum)
    bounds, index = np.zeros((2 * count, 6), np.int32), np.zeros(2 * count, np.int64)
    members, spare, keys = np.arange(count), np.empty(count, np.int64), np.empty(count, np.int64)
    pending = np.empty((count, 3), np.int64)  # node, and the rows of members below it
    pending[0, 0], pending[0, 1], pending[0, 2] = 0, 0, count
    height = 1
    while height > 0:
        height -= 1
        node, start, end = pending[height, 0], pending[height, 1], pending[height, 2]
        axis, widest = 0, -1
        for i in range(3):
            low, high = minimum[members[start], i], maximum[members[start], i]
            for row in range(start + 1, end):
                low, high = min(low, minimum[members[row], i]), max(high, maximum[members[row], i])
            bounds[node, i], bounds[node, i + 3] = low, high
            if high - low > widest:
                axis, widest = i, high - low
        if end - start == 1:
            index[node] = members[start]
            continue
        index[node] = 1 - 2 * (end - start)
        # equal boxes stay in order, as their rows are part of the keys
        for row in range(start, end):
            keys[row] = np.int64(minimum[members[row], axis]) * count + row
            spare[row] = members[row]
        keys[start:end].sort()
        for row in range(start, end):
            members[row] = spare[keys[row] % count]
        half = (end - start) // 2
        pending[height, 0], pending[height, 1], pending[height, 2] = node + 1, start, start + half
        pending[height + 1, 0], pending[height + 1, 1], pending[height + 1, 2] = node + 2 * half, start + half, end
        height += 2
    return bounds, index
