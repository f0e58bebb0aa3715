"""The tree of boxes around polygons in which a point's polygon is looked for, as Detour lays it out."""

from __future__ import annotations

import numpy as np


def build_tree(minimum: np.ndarray, maximum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(bounds (2 P, 6) int32, index (2 P,) int64) over boxes minimum, maximum (P, 3) int32 in cells.

    Nodes are in depth-first order; index is the box of a leaf, or minus how many nodes a branch holds. The last is
    unused.
    """
    count = len(minimum)
    boxes = np.hstack([minimum, maximum])
    bounds, index = np.zeros((2 * count, 6), np.int32), np.zeros(2 * count, np.int64)
    pending = [(0, np.arange(count))]
    while pending:
        node, members = pending.pop()
        low, high = boxes[members, :3].min(axis=0), boxes[members, 3:].max(axis=0)
        bounds[node] = np.concatenate([low, high])
        if len(members) == 1:
            index[node] = members[0]
            continue
        index[node] = 1 - 2 * len(members)
        axis = int(np.argmax(high - low))
        members = members[np.argsort(boxes[members, axis], kind="stable")]
        half = len(members) // 2
        pending.append((node + 1, members[:half]))
        pending.append((node + 2 * half, members[half:]))
    return bounds, index
