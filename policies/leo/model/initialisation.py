"""How a decoder that is trained from scratch starts: embeddings that are seen, and action bins that know their order.

The rows of the u, v and yaw ids start as sines and cosines of the metres or radians they stand for, under one random
projection a block, so that what is learnt about one bin holds for its neighbours.
"""

import math

import torch
from torch import Tensor

from leo_agent.contract.tabletop import PIXEL_SIZE_M
from leo_agent.policies.leo.config.config import LanguageModelConfig
from leo_agent.policies.leo.text import action_tokens as tokens

BIN_WAVELENGTHS_M = (2.0, 1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
YAW_HARMONICS = (1, 2, 3, 4, 6, 9)


def initialise_decoder(embedding: Tensor, head: Tensor, config: LanguageModelConfig) -> None:
    """Sets the input embeddings (V, D) to `embedding_std` and gives the action rows, in and out, their order.

    Where both are one matrix, the output's scale stands in the action rows.
    """
    torch.nn.init.normal_(embedding, std=config.embedding_std)
    with torch.no_grad():
        for rows, std in ((embedding, config.embedding_std), (head, config.initializer_range)):
            for block, features in _ordered_blocks():
                projection = torch.randn(features.shape[1], rows.shape[1]) / math.sqrt(features.shape[1] / 2)
                ids = config.vocab_size - 1 - torch.arange(block.start, block.start + block.size)
                rows[ids] = features @ projection * std


def _ordered_blocks() -> list[tuple[tokens.TokenRange, Tensor]]:
    metres = [torch.arange(block.size) * PIXEL_SIZE_M for block in (tokens.U, tokens.V)]
    yaw_rad = (torch.arange(tokens.NUM_YAW_BINS) + 0.5) * tokens.YAW_BIN_RAD
    waves = torch.tensor(BIN_WAVELENGTHS_M)
    positions = [_waves(2 * math.pi * each[:, None] / waves) for each in metres]
    return [
        (tokens.U, positions[0]),
        (tokens.V, positions[1]),
        (tokens.YAW, _waves(yaw_rad[:, None] * torch.tensor(YAW_HARMONICS))),
    ]


def _waves(angles: Tensor) -> Tensor:
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
