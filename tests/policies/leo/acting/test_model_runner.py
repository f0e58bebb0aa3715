"""What a GPU is given: padded batches answer alike, and compiled layers compute the same; graphs need a device."""

import dataclasses

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from leo_agent.policies.leo.acting import cuda_graphs, model_runner
from leo_agent.policies.leo.acting.cuda_graphs import CudaGraphRunner
from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.acting.model_runner import ModelRunner, pad_to_bucket, tensors_of
from leo_agent.policies.leo.acting.policy import LeoPolicy
from leo_agent.policies.leo.config.config import ClipTextConfig
from leo_agent.policies.leo.model import decoder
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

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
    assert padded.tokens.shape[1] % model_runner.LENGTH_STEP == 0
    assert len(spread) == len(padded) * model.config.max_objects
    expected = decode_actions(model, batch, features, prefix, beams)
    assert torch.equal(decode_actions(model, padded, spread, prefix, beams)[: len(batch)], expected)


@torch.no_grad()
def test_padding_a_scene_without_objects():
    model = tiny.model().eval()
    sample = dataclasses.replace(
        blank("navigation", 1, True), object_rows=np.zeros(0, np.int64), object_locations=np.zeros((0, 6))
    )
    batch = tiny.batch_of([sample])
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    padded, spread = pad_to_bucket(batch, features, model.config.max_objects)
    assert torch.equal(decode_actions(model, padded, spread, prefix), decode_actions(model, batch, features, prefix))


class Replay:
    """What a CUDA graph does, on the CPU: recorded operations that read and write the memory of their capture."""

    def __init__(self, recorded, inputs, output):
        self.recorded, self.inputs, self.output = recorded, inputs, output

    def replay(self):
        self.output.copy_(self.recorded(*self.inputs))


class Recorded(CudaGraphRunner):
    """Graphs whose captures are recordings."""

    def __init__(self):
        super().__init__(torch.device("cpu"))
        self.keys = []

    def run(self, key, function, inputs, alive=None):
        self.keys.append(key)
        return super().run(key, function, inputs, alive)

    def _capture(self, function, inputs, alive):
        kept = tuple(each.clone() for each in inputs)
        recorded = make_fx(lambda *values: function(*values))(*kept)
        output = torch.full_like(recorded(*kept), -1)
        return cuda_graphs._Graph(Replay(recorded, kept, output), kept, output, alive)


def test_graphs_run_with_new_values_and_the_least_used_go():
    graphs = Recorded()
    values = torch.arange(3.0)
    first = graphs.run("double", lambda given: 2 * given, [values])
    again = graphs.run("double", lambda given: 1 / 0, [values + 1])  # not called: its key is known
    assert first.tolist() == [0, 2, 4]
    assert again.tolist() == [2, 4, 6]
    for number in range(cuda_graphs.MOST_GRAPHS - 1):
        graphs.run(number, lambda given: given + 1, [values])
    graphs.run("double", lambda given: 1 / 0, [values])
    graphs.run("one more", lambda given: given, [values])
    assert list(graphs._graphs)[-2:] == ["double", "one more"]
    assert len(graphs._graphs) == cuda_graphs.MOST_GRAPHS
    assert 0 not in graphs._graphs


@pytest.mark.parametrize("beams", [1, 3])
@torch.no_grad()
def test_what_is_recorded_of_one_batch_answers_others(beams):
    model = tiny.look_around(tiny.model(1, stop_threshold=0.5)).eval()
    wake_adapters(model)
    graphs = Recorded()
    runner, plain, answers = ModelRunner(model, beams, graphs), ModelRunner(model, beams), []
    prefix = None
    for first in (0, 7, 20):
        kinds = enumerate([("tabletop", True), ("navigation", False), ("tabletop", True)])
        batch = tiny.batch_of([blank(world, first + row, image) for row, (world, image) in kinds])
        prefix = prefix or model.prefix(batch.prefix_ids)
        features = runner.encode_clouds(batch.clouds)
        assert torch.allclose(features, model.encode_clouds(batch.clouds), atol=1e-6)
        answers.append(runner.decode(batch, features, prefix))
        assert torch.equal(answers[-1], plain.decode(batch, features, prefix))
    assert not torch.equal(answers[0], answers[1])
    assert len({key for key in graphs.keys if key[0] == "actions"}) < 3


@pytest.mark.parametrize("world", ["navigation", "tabletop"])
def test_a_policy_with_recorded_calls_acts_as_one_without(world):
    views = [tiny.observation(world, seed, slot=seed) for seed in range(3)]
    policies = [LeoPolicy(tiny.model(), tiny.tokenizer(), tiny.context(world)) for _ in range(2)]
    policies[1].runner = ModelRunner(policies[1]._model, graphs=Recorded())
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
        runner = ModelRunner(model, graphs=graphs)
        runner.decode(batch, runner.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids))
    assert [key[0] for key in graphs.keys] == ["clouds"]


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
    hidden, _ = decoder.prefill(
        model.llm_model, model.embed(batch, features), batch.token_mask, batch.positions, prefix
    )
    monkeypatch.setattr(decoder, "_fastest", lambda function, given: decoder.compiled(function))
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    assert torch.equal(decode_actions(model, batch, features, prefix), expected)
    embedded = model.embed(batch, features)
    again, _ = decoder.prefill(model.llm_model, embedded, batch.token_mask, batch.positions, prefix)
    assert torch.allclose(again, hidden, atol=1e-5)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    print(f"{graphs} graphs for {model.config.language_model.num_layers} layers, prompt and five more tokens")
    assert graphs <= 6


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("device", ["cuda", f"cuda:{max(torch.cuda.device_count() - 1, 0)}"])
@torch.inference_mode()
def test_graphs_give_the_answers_of_plain_calls(beams, device):
    model = tiny.look_around(tiny.model(1)).eval().to(device)
    wake_adapters(model)
    runner, prefixes = ModelRunner(model, beams), {}
    for first in (0, 7, 20, 0):
        for name, kinds in SAMPLES.items():
            batch = tiny.batch_of([blank(world, first + seed, image) for world, seed, image in kinds]).to(device)
            prefix = prefixes.setdefault(name, model.prefix(batch.prefix_ids))
            features = runner.encode_clouds(batch.clouds)
            assert torch.allclose(features, model.encode_clouds(batch.clouds), atol=1e-4)
            expected = decode_actions(model, batch, features, prefix, beams)
            assert torch.equal(runner.decode(batch, features, prefix), expected)
