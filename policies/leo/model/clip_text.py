"""CLIP's text encoder (open_clip), frozen: the vector of an instruction that guides image and object tokens."""

from collections.abc import Sequence

import open_clip
import torch
from open_clip.transformer import QuickGELU, TextTransformer
from torch import Tensor, nn

from leo_agent.policies.leo.config.config import ClipTextConfig


class ClipText(TextTransformer):  # type: ignore[misc]  # open_clip is untyped
    """Texts -> (B, output_dim) features, not normalised; a longer text is cut to the context, as in LEO's code.

    The parameters have the names of CLIP's own files.
    """

    def __init__(self, config: ClipTextConfig) -> None:
        super().__init__(
            context_length=config.context_length,
            vocab_size=config.vocab_size,
            width=config.width,
            heads=config.num_heads,
            layers=config.num_layers,
            output_dim=config.output_dim,
            act_layer=QuickGELU if config.quick_gelu else nn.GELU,
        )
        with torch.device("cpu"):  # held also by a model on the meta device
            self.register_buffer("attn_mask", self.build_causal_mask(), persistent=False)
        self._tokenizer = open_clip.SimpleTokenizer(context_length=config.context_length)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> "ClipText":
        super().train(False)
        return self

    def forward(self, texts: Sequence[str]) -> Tensor:
        with torch.no_grad():
            vectors: Tensor = super().forward(self._tokenizer(list(texts)).to(self.token_embedding.weight.device))
            return vectors
