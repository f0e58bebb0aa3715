"""Where an object is for the model: the centre that its weights were trained with, and the extents of its box."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_agent.policies.leo.config.config import ObjectCenter

Points = NDArray[np.float32]


def centroids(clouds: Sequence[Points] | Points) -> NDArray[np.float32]:
    """The mean of the points of each object.

    Each cloud is summed by itself, so that the result for an object is the same bits in whatever company.

    Args:
        clouds: K arrays (n_i, 3 or more), xyz first, metres, every n_i >= 1.

    Returns:
        (K, 3), metres.
    """
    means = np.zeros((len(clouds), 3), dtype=np.float32)
    for row, points in enumerate(clouds):
        means[row] = points[:, :3].mean(axis=0, dtype=np.float64)
    return means


def object_locations(
    boxes: NDArray[np.float32], means: NDArray[np.float32], center: ObjectCenter
) -> NDArray[np.float32]:
    """Centre and extents of each object, as `SpatialConfig.object_center` says.

    Args:
        boxes: (K, 6), middle xyz and extents of the box around all of each object, metres, world frame.
        means: (K, 3), the objects' `centroids`, metres, world frame.
        center: which of the two is the centre.

    Returns:
        (K, 6), metres, world frame; `boxes` itself for "box_center".
    """
    return boxes if center == "box_center" else np.concatenate([means, boxes[:, 3:]], axis=1)
