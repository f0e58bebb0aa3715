"""A frozen language model in half precision, as it is held on a GPU: the rest of the model stays float32 and fits."""

import dataclasses

import pytest
import torch

from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.answering.agent import LeoAgent
from leo_agent.policies.leo.answering.text_decoding import TextDecoding
from leo_agent.policies.leo.answering.view import view_of
from leo_agent.policies.leo.model.language_model import merge_adapters
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, save_pretrained
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters


@pytest.mark.parametrize("bands", [0, 12])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@torch.no_grad()
def test_it_acts_and_speaks_as_in_single_precision(dtype, bands, tmp_path):
    frozen = dataclasses.replace(tiny.config().language_model, trainable=False)
    spatial = dataclasses.replace(tiny.config().spatial, location_bands=bands)
    single = tiny.model(language_model=frozen, spatial=spatial)
    wake_adapters(single)
    save_pretrained(single, tiny.tokenizer(), tmp_path)
    half, tokenizer = from_pretrained(tmp_path, "cpu", dtype)
    for name, parameter in half.named_parameters():
        own = name.startswith("llm_model.") and "lora_" not in name
        assert parameter.dtype == (dtype if own else torch.float32), name
    batch = tiny.batch_of([tiny.sample("navigation", 1), tiny.sample("tabletop", 2)])
    assert torch.allclose(half.loss(batch), single.eval().loss(batch), atol=0.02)
    half.llm_model = merge_adapters(half.llm_model)
    assert torch.allclose(half.loss(batch), single.loss(batch), atol=0.02)
    for world, body in tiny.BODIES.items():
        policy = LeoPolicy(half, tokenizer, tiny.context(world), beams=3)
        (action,) = policy.act([tiny.observation(world, 1)], ["find a chair"])
        assert body.action_space().contains(action)
    view = view_of(tiny.observation("navigation", 1), tiny.BODIES["navigation"])
    assert LeoAgent(half, tokenizer).chat(view, "What is there?", decoding=TextDecoding(max_tokens=5))
