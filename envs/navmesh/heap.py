"""Detour's priority queue: a binary heap of nodes by their total cost, which breaks ties in the same order."""

from __future__ import annotations

import numpy as np

from leo_agent.envs.navmesh.compiled import inlined, kernel


@inlined
def sift_up(heap: np.ndarray, position: int, node: int, total: np.ndarray) -> None:
    """Place a node at this position of the heap or above, where no parent has a larger total."""
    while position > 0:
        parent = (position - 1) // 2
        if not total[heap[parent]] > total[node]:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = node


@kernel
def pop(heap: np.ndarray, size: int, total: np.ndarray) -> None:
    """Remove heap[0]: sink the gap to the bottom, then let the last entry rise from there, which fixes tie order."""
    last = heap[size - 1]
    size -= 1
    position = 0
    child = 1
    while child < size:
        if child + 1 < size and total[heap[child]] > total[heap[child + 1]]:
            child += 1
        heap[position] = heap[child]
        position = child
        child = 2 * position + 1
    sift_up(heap, position, last, total)


@inlined
def find_slot(heap: np.ndarray, node: int) -> int:
    """Where a node of the heap is."""
    slot = 0
    while heap[slot] != node:
        slot += 1
    return slot
