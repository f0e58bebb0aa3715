"""How many of a batch's samples come from each dataset."""

import math
from collections.abc import Sequence

from leo_agent.contract.errors import InputError


def batch_sizes(batch_size: int, weights: Sequence[float]) -> list[int]:
    """Samples of each dataset in a batch: whole numbers that add up to it, by the method of the largest remainder.

    Raises:
        InputError: a dataset would get none.
    """
    quotas = [batch_size * weight / sum(weights) for weight in weights]
    sizes = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(sizes)), key=lambda number: sizes[number] - quotas[number])
    for number in by_remainder[: batch_size - sum(sizes)]:
        sizes[number] += 1
    if 0 in sizes:
        share = min(weights) / sum(weights)
        enough = math.ceil(round(1 / share, 9))
        raise InputError(
            f"batch_size: found {batch_size}, of which a share of {share:.3g} is no sample; enough are {enough}"
        )
    return sizes
