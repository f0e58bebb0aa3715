"""What a GPU is given: padded batches answer alike, and compiled layers compute the same; graphs need a device."""

import dataclasses

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from policies.base import PolicyContext
from policies.leo import acceleration, decoder
from policies.leo.acceleration import Acting, Graphs, pad_to_bucket, tensors_of
from policies.leo.config import ClipTextConfig
from policies.leo.decoding import decode_actions
from policies.leo.policy import LeoPolicy
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


class Recorded(Graphs):
    """What CUDA graphs do, on the CPU: the operations of a key's first call, replayed on other values."""

    def __init__(self):
        super().__init__()
        self.recorded = {}

    def run(self, key, function, inputs, alive=None):
        if key not in self.recorded:
            self.recorded[key] = make_fx(lambda *values: function(*values))(*inputs)
        return self.recorded[key](*inputs)


@pytest.mark.parametrize("beams", [1, 3])
@torch.no_grad()
def test_what_is_recorded_of_one_batch_answers_others(beams):
    model = tiny.look_around(tiny.model(1, stop_threshold=0.5)).eval()
    wake_adapters(model)
    graphs = Recorded()
    acting, plain, answers = Acting(model, beams, graphs), Acting(model, beams), []
    prefix = None
    for first in (0, 7, 20):
        kinds = enumerate([("tabletop", True), ("navigation", False), ("tabletop", True)])
        batch = tiny.batch_of([blank(world, first + row, image) for row, (world, image) in kinds])
        prefix = prefix or model.prefix(batch.prefix_ids)
        features = acting.encode_clouds(batch.clouds)
        assert torch.allclose(features, model.encode_clouds(batch.clouds), atol=1e-6)
        answers.append(acting.decode(batch, features, prefix))
        assert torch.equal(answers[-1], plain.decode(batch, features, prefix))
    assert not torch.equal(answers[0], answers[1])
    print([key[:1] + key[2:] for key in graphs.recorded])
    assert [key[0] for key in graphs.recorded].count("actions") < 3


@pytest.mark.parametrize("world", ["navigation", "tabletop"])
def test_a_policy_with_recorded_calls_acts_as_one_without(world):
    views = [tiny.observation(world, seed, slot=seed) for seed in range(3)]
    policies = [LeoPolicy(tiny.model(), tiny.tokenizer(), PolicyContext(device="cpu")) for _ in range(2)]
    policies[1].acting = Acting(policies[1]._model, graphs=Recorded())
    for _ in range(3):
        actions = []
        with torch.inference_mode():
            for policy in policies:
                actions.append(policy._act_together(range(3), views, ["find a chair"] * 3))
        for one, other in zip(*actions, strict=True):
            if world == "tabletop":
                assert all(np.array_equal(one[name], other[name]) for name in ("pick", "place"))
            else:
                assert one == other


def test_text_guidance_is_decoded_plainly():
    model = tiny.model(clip_text=ClipTextConfig(width=32, num_heads=2, num_layers=1, output_dim=24)).eval()
    graphs = Recorded()
    batch = tiny.batch_of([blank("navigation", 1, True)])
    with torch.no_grad():
        acting = Acting(model, graphs=graphs)
        acting.decode(batch, acting.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids))
    assert [key[0] for key in graphs.recorded] == ["clouds"]


@pytest.mark.skipif(torch.version.cuda is None, reason="needs a torch that knows CUDA, but no device")
@pytest.mark.parametrize("beams", [1, 3])
@torch.no_grad()
def test_everything_stands_on_the_same_device(beams, monkeypatch):
    """Fake tensors of a CUDA device, which only have shapes: an operation over two devices would fail."""
    monkeypatch.setattr(decoder, "_fastest", lambda function, given: function)
    model = tiny.model(stop_threshold=0.5).eval()
    batch = tiny.batch_of([blank("tabletop", 1, True), blank("navigation", 2, True)])

    def on_cuda(tensor):
        return torch.empty(tensor.shape, dtype=tensor.dtype, device="cuda")

    with FakeTensorMode():
        for module in model.modules():
            for own in (module._parameters, module._buffers):
                own.update({name: on_cuda(each) for name, each in own.items() if each is not None})
        there = dataclasses.replace(batch, **{name: on_cuda(each) for name, each in tensors_of(batch).items()})
        features = model.encode_clouds(there.clouds)
        padded, spread = pad_to_bucket(there, features, model.config.max_objects)
        answers = decode_actions(model, padded, spread, model.prefix(there.prefix_ids), beams)
    assert answers.device.type == "cuda"
    assert answers.shape == (2, 6)


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
    acting = Acting(model)
    for name in SAMPLES:
        batch = tiny.batch_of([blank(*each) for each in SAMPLES[name]]).to("cuda")
        features, prefix = acting.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
        assert torch.allclose(features, model.encode_clouds(batch.clouds), atol=1e-4)
        expected = decode_actions(model, batch, features, prefix)
        for _ in range(2):  # captured, then from the graph that is there
            assert torch.equal(acting.decode(batch, features, prefix), expected)
