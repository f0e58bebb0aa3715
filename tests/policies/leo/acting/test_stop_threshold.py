"""Stop cannot be taken back: it is answered only where the model is sure enough."""

import torch

from leo_agent.policies.leo.acting.decoding import _unless_hasty_stop
from leo_agent.policies.leo.text.action_tokens import NUM_ACTION_TOKENS


def test_stop_is_answered_only_above_its_threshold():
    logits = torch.full((2, NUM_ACTION_TOKENS), -torch.inf)
    logits[:, :2] = torch.tensor([[2.0, 0.0], [0.5, 0.0]])  # stop at probabilities 0.88 and 0.62
    chosen = _unless_hasty_stop(logits, 0.8).argmax(-1)
    assert chosen.tolist() == [0, 1]
    assert _unless_hasty_stop(logits, 0.0).argmax(-1).tolist() == [0, 0]


def test_stop_is_answered_where_nothing_else_is_allowed():
    logits = torch.full((1, NUM_ACTION_TOKENS), -torch.inf)
    logits[0, 0] = 0.0
    assert _unless_hasty_stop(logits, 2.0).argmax(-1).tolist() == [0]
