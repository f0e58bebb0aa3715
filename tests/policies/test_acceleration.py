"""What a GPU is given: padded batches answer alike, and compiled layers compute the same; graphs need a device."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from policies.leo import acceleration, decoder
from policies.leo.acceleration import GraphedDecoding, pad_to_bucket
from policies.leo.config import ClipTextConfig
from policies.leo.decoding import decode_actions
from tests.policies import tiny
from tests.policies.test_model import wake_adapters

SAMPLES = {
    "one": [("navigation", 1, True)],
    "three": [("navigation", seed, True) for seed in range(3)],
    "mixed": [("tabletop", 0, True), ("navigation", 1, False), ("tabletop", 2, True)],
    "no images": [("navigation", 1, False), ("navigation", 2, False)],
}


def blank(*given):
    return dataclasses.replace(tiny.sample(*given), answer_ids=())


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("name", SAMPLES)
@torch.no_grad()
def test_a_padded_batch_has_the_same_answers(name, beams):
    model = tiny.model().eval()
    wake_adapters(model)
    batch = tiny.batch_of([blank(*each) for each in SAMPLES[name]])
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    padded, spread = pad_to_bucket(batch, features, model.config.max_objects)
    assert len(padded) in (1, 2, 4)
    assert padded.tokens.shape[1] % acceleration.LENGTH_STEP == 0
    assert len(spread) == len(padded) * model.config.max_objects
    expected = decode_actions(model, batch, features, prefix, beams)
    assert torch.equal(decode_actions(model, padded, spread, prefix, beams)[: len(batch)], expected)


@torch.no_grad()
def test_padding_a_scene_without_objects():
    model = tiny.model().eval()
    sample = dataclasses.replace(
        blank("navigation", 1, True), object_rows=np.zeros(0, np.int64), object_boxes=np.zeros((0, 6))
    )
    batch = tiny.batch_of([sample])
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    padded, spread = pad_to_bucket(batch, features, model.config.max_objects)
    assert torch.equal(decode_actions(model, padded, spread, prefix), decode_actions(model, batch, features, prefix))


@pytest.mark.parametrize("beams", [1, 3])
@torch.no_grad()
def test_what_is_recorded_of_one_batch_answers_another(beams):
    """What a CUDA graph does, on the CPU: the operations of one call, replayed on other values of the same shapes."""
    model = tiny.look_around(tiny.model(1, stop_threshold=0.5)).eval()
    wake_adapters(model)
    kinds = [("tabletop", True), ("navigation", False), ("tabletop", True)]
    batches = [
        tiny.batch_of([blank(world, first + row, image) for row, (world, image) in enumerate(kinds)])
        for first in (0, 7)
    ]
    prefix = model.prefix(batches[0].prefix_ids)
    padded, features = zip(
        *(pad_to_bucket(each, model.encode_clouds(each.clouds), model.config.max_objects) for each in batches),
        strict=True,
    )
    names = list(acceleration._tensors(padded[0]))
    values = [[getattr(each, name) for name in names] for each in padded]
    assert [each.shape for each in values[0]] == [each.shape for each in values[1]]

    def call(given, *tensors):
        batch = dataclasses.replace(padded[0], **dict(zip(names, tensors, strict=True)))
        return decode_actions(model, batch, given, prefix, beams)

    recorded = make_fx(call)(features[0], *values[0])
    expected = [decode_actions(model, each, given, prefix, beams) for each, given in zip(padded, features, strict=True)]
    assert not torch.equal(*expected)
    for given, tensors, answer in zip(features, values, expected, strict=True):
        assert torch.equal(recorded(given, *tensors), answer)


def test_text_guidance_cannot_be_captured():
    model = tiny.model(clip_text=ClipTextConfig(width=32, num_heads=2, num_layers=1, output_dim=24))
    with pytest.raises(ValueError, match="text guidance"):
        GraphedDecoding(model)


@pytest.mark.slow
@torch.no_grad()
def test_compiled_layers_compute_the_same_and_are_compiled_once(monkeypatch):
    """As on a GPU, but on the CPU: one compilation serves all layers of a decoder."""
    model = tiny.model().eval()
    wake_adapters(model)
    batch = tiny.batch_of([blank("tabletop", 1, True)])
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    expected = decode_actions(model, batch, features, prefix)
    hidden, _ = decoder.read(model.llm_model, model.embed(batch, features), batch.token_mask, batch.positions, prefix)
    monkeypatch.setattr(decoder, "_fastest", lambda function, given: decoder.compiled(function))
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    assert torch.equal(decode_actions(model, batch, features, prefix), expected)
    embedded = model.embed(batch, features)
    again, _ = decoder.read(model.llm_model, embedded, batch.token_mask, batch.positions, prefix)
    assert torch.allclose(again, hidden, atol=1e-5)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    print(f"{graphs} graphs for {model.config.language_model.num_layers} layers, prompt and five more tokens")
    assert graphs <= 6


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@torch.inference_mode()
def test_graphs_give_the_answers_of_plain_calls():
    model = tiny.model().eval().cuda()
    wake_adapters(model)
    graphed = GraphedDecoding(model)
    for name in SAMPLES:
        batch = tiny.batch_of([blank(*each) for each in SAMPLES[name]]).to("cuda")
        features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
        expected = decode_actions(model, batch, features, prefix)
        for _ in range(2):  # captured, then from the graph that is there
            assert torch.equal(graphed(batch, features, prefix), expected)
