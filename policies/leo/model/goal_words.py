"""A goal's words as one vector, by which objects are guided and picked."""

import torch
from torch import Tensor, nn

from leo_agent.policies.leo.batches.batch import MAX_GOAL_TOKENS
from leo_agent.policies.leo.config.config import SpatialConfig


def word_places(config: SpatialConfig) -> int:
    """How many places among a goal's words have a vector of their own."""
    return MAX_GOAL_TOKENS if config.word_positions else 0


def new_word_positions(places: int, width: int) -> nn.Parameter | None:
    """(places, width) a vector of each place, to be learnt; None of none."""
    return nn.Parameter(torch.randn(places, width)) if places else None


def sum_of_words(words: Tensor, positions: Tensor | None) -> Tensor:
    """(B, D) of a goal's words (B, G, D), zeros beyond its end, each multiplied by the vector of its place if any."""
    return words.sum(1) if positions is None else (words * positions[: words.shape[1]]).sum(1)
