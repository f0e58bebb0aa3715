"""Greedy decoding of actions under a grammar: at each position only the allowed ids compete."""

import torch
import torch.nn.functional as F
from torch import Tensor

from policies.leo import language_model
from policies.leo.action_tokens import NAVIGATION_ACTIONS
from policies.leo.batch import LeoBatch
from policies.leo.language_model import KeyValues
from policies.leo.model import LeoModel


def decode_actions(model: LeoModel, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues) -> Tensor:
    """(B, A) action indices of a batch without answers; positions beyond a sample's grammar hold 0."""
    vocab_size = model.config.language_model.vocab_size
    allowed = batch.allowed.clone()
    allowed[..., 0] |= ~batch.answer_mask
    cache = prefix.cache(len(batch))
    embeddings = model.embed(batch, cloud_features)
    hidden = language_model.run_suffix(model.llm_model, embeddings, batch.token_mask, cache, prefix.length)
    state = hidden[torch.arange(len(batch), device=hidden.device), batch.lengths - 1]
    seen = F.pad(batch.token_mask, (prefix.length, 0), value=True)
    embed_tokens = language_model.embedding(model.llm_model)
    answer = [_unless_hasty_stop(model.action_logits(state, allowed[:, 0]), model.config.stop_threshold).argmax(-1)]
    for step in range(1, allowed.shape[1]):
        seen = F.pad(seen, (0, 1), value=True)
        positions = prefix.length + batch.lengths + step - 1
        token = embed_tokens(vocab_size - 1 - answer[-1])
        state = language_model.run_step(model.llm_model, token, seen, positions, cache)
        answer.append(model.action_logits(state, allowed[:, step]).argmax(-1))
    return torch.stack(answer, dim=1)


def _unless_hasty_stop(logits: Tensor, threshold: float) -> Tensor:
    """(B, 524) logits, that of stop -inf where its probability is below the threshold; never the last one left."""
    stop = NAVIGATION_ACTIONS.index("stop")
    hasty = (logits.softmax(-1)[:, stop] < threshold) & (logits > -torch.inf).sum(-1).gt(1)
    return logits.index_fill(1, torch.tensor(stop, device=logits.device), -torch.inf).where(hasty[:, None], logits)
