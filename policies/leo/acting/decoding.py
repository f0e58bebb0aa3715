"""Decoding of actions under an action mask, greedily or with beams: at each position only the allowed ids compete.

All shapes are fixed by those of the batch, and nothing waits for the device: a call can be captured as a CUDA graph.
"""

import torch
from torch import Tensor

from leo_agent.policies.leo.batches.batch import LeoBatch
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import BeamDecoder, KeyValues, prefill
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.text.action_tokens import NAVIGATION_ACTIONS, NUM_ACTION_TOKENS

STOP = NAVIGATION_ACTIONS.index("stop")


def decode_actions(
    model: LeoModel, batch: LeoBatch, cloud_features: Tensor, prefix: KeyValues, beams: int = 1
) -> Tensor:
    """(B, A) action indices of a batch without answers; positions beyond a sample's action mask hold 0.

    Args:
        model: in evaluation mode.
        batch: of samples of any embodiments.
        cloud_features: (C, D) of the batch's objects.
        prefix: keys and values of `batch.prefix_ids`.
        beams: 1 takes the likeliest id at each position; K > 1 the likeliest whole answer that a search with K beams
            finds.
    """
    allowed = batch.allowed.clone()
    allowed[..., 0] |= ~batch.answer_mask

    # The prompt, and the first token of each beam.
    embeddings = model.embed(batch, cloud_features)
    hidden, prompt = prefill(model.llm_model, embeddings, batch.token_mask, batch.positions, prefix)
    rows = torch.arange(len(batch), device=hidden.device)
    logits = model.action_logits(hidden[rows, batch.lengths - 1], allowed[:, 0])
    score, answer = _unless_hasty_stop(logits, model.config.stop_threshold).log_softmax(-1).topk(beams)
    answers = answer[..., None]
    more = allowed.shape[1] - 1
    if not more:
        return answers[:, 0]

    # Token by token: every beam with every action that may follow, of which the likeliest become the next beams.
    seen = torch.nn.functional.pad(batch.token_mask, (prefix.length, 0), value=True)
    position = batch.positions[rows, batch.lengths - 1] + 1
    decoder = BeamDecoder(model.llm_model, prompt, seen, position, beams, more)
    embed_tokens = language_model.embedding(model.llm_model)
    for step in range(1, more + 1):
        token = embed_tokens(model.config.language_model.vocab_size - 1 - answers[..., -1])
        log_probability = model.action_logits(decoder.step(token), allowed[:, step, None]).log_softmax(-1)
        score, choice = (score[..., None] + log_probability).flatten(1).topk(beams)
        parents = choice // NUM_ACTION_TOKENS
        if beams > 1:
            decoder.keep(parents)
            answers = answers.gather(1, parents[..., None].expand(answers.shape))
        answers = torch.cat([answers, (choice % NUM_ACTION_TOKENS)[..., None]], dim=-1)
    return answers[:, 0]


def _unless_hasty_stop(logits: Tensor, threshold: float) -> Tensor:
    """(B, 524) logits, that of stop -inf where its probability is below the threshold; never the last one left."""
    hasty = (logits.softmax(-1)[:, STOP] < threshold) & (logits > -torch.inf).sum(-1).gt(1)
    stop = torch.arange(NUM_ACTION_TOKENS, device=logits.device) == STOP
    return logits.masked_fill(hasty[:, None] & stop, -torch.inf)
