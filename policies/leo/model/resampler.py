"""A scene's objects in few tokens: what the goal asks about, picked by attention, for small language models.

In a scene of sixty objects most of a decision's sequence is objects that the decision is not about. As in Flamingo's
perceiver resampler (Alayrac et al. 2022) learnt queries look at all of them and hand on as many tokens as there are
queries; here the goal's words move the queries, so that they look for what is asked.
"""

import torch
import torch.nn.functional as F
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


class ObjectResampler(nn.Module):
    """Tokens (B, 1 + N, width) of agent and objects -> (B, 1 + count, width): the agent's as it is, then the picked.

    Args:
        width: of the tokens.
        count: how many are picked.
        num_heads: of the attention; a divisor of the width.
        word_places: among a goal's words, that have vectors of their own.
        std: scale at which the queries begin: that of the language model's embeddings.
    """

    def __init__(self, width: int, count: int, num_heads: int, word_places: int, std: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.queries = nn.Parameter(torch.randn(count, width) * std)
        self.word_position = new_word_positions(word_places, width)
        self.goal = nn.Linear(width, width)
        self.key_norm, self.query_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, tokens: Tensor, valid: Tensor, words: Tensor) -> Tensor:
        """The agent's token, and what the queries pick.

        Args:
            tokens: (B, 1 + N, width), the agent's first.
            valid: (B, 1 + N) bool, False at empty slots.
            words: embeddings of the goal's words (B, G, width), zeros beyond its end.
        """
        goal = self.goal(sum_of_words(words, self.word_position))
        asking = self.query_norm(self.queries + goal[:, None])
        seen = self.key_norm(tokens)
        query, key, value = (
            layer(each).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for layer, each in ((self.query, asking), (self.key, seen), (self.value, tokens))
        )
        picked = F.scaled_dot_product_attention(query, key, value, attn_mask=valid[:, None, None])
        picked = self.queries + self.output(picked.transpose(1, 2).flatten(2))
        return torch.cat([tokens[:, :1], picked], dim=1)
