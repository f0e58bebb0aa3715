"""The whole model: sizes, loss, independence of the batch, prefix cache, and that it can learn."""

import dataclasses

import numpy as np
import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.batches.batch import collate
from leo_agent.policies.leo.config.config import LoraConfig
from leo_agent.policies.leo.model.decoder import KeyValues
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.weights.checkpoint import new_model
from tests.policies.leo import tiny

MIXED = [("navigation", 1, True), ("tabletop", 2, True), ("navigation", 3, False), ("tabletop", 4, False)]


def samples():
    return [tiny.sample(*each) for each in MIXED]


def wake_adapters(model: LeoModel) -> None:
    """Fresh adapters add nothing (B = 0): give them values, so that a test sees them."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)


def test_nano_is_small_and_has_the_published_key_names():
    model, tokenizer = new_model("leo-nano", seed=0)
    assert sum(each.numel() for each in model.parameters()) <= 6_000_000
    keys = set(model.state_dict())
    for name in (
        "llm_model.base_model.model.model.layers.3.mlp.down_proj.lora_B.default.weight",
        "llm_model.base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight",
        "img_encoder.backbone.model.stem.0.weight",
        "img_proj.weight",
        "pcd_encoder.obj_encoder.pcd_net.encoder.0.mlps.0.layer0.conv.weight",
        "pcd_encoder.spatial_encoder.0.self_attn.w_qs.weight",
        "pcd_proj.bias",
    ):
        assert name in keys
    assert model.config.language_model.vocab_size == tokenizer.vocab_size


def test_loss_of_a_batch_is_that_of_its_samples():
    model = tiny.model().eval()
    wake_adapters(model)
    together = model.loss(tiny.batch_of(samples()))
    alone = torch.cat([model.loss(tiny.batch_of([each])) for each in samples()])
    assert torch.allclose(together, alone, atol=1e-5)


def test_states_do_not_depend_on_where_the_prefix_ends():
    model = tiny.model().eval()
    wake_adapters(model)
    batch = tiny.batch_of(samples()[:2])
    assert len(batch.prefix_ids) > 60
    spliced = tiny.without_prefix(batch)
    cached = model.answer_states(batch)
    assert torch.allclose(model.answer_states(spliced, KeyValues(())), cached, atol=1e-5)
    gradients = []
    for each in (batch, spliced):
        model.zero_grad()
        model.loss(each).sum().backward()
        gradients.append(model.get_parameter("llm_model.base_model.model.model.embed_tokens.weight").grad.clone())
    assert torch.allclose(gradients[0], gradients[1], atol=1e-4)


def test_loss_is_the_hand_computed_mean():
    model = tiny.model().eval()
    sample = tiny.sample("tabletop", 5)
    batch = tiny.batch_of([sample])
    states = model.answer_states(batch)[0]
    head = model.token_logits
    full = head(states).log_softmax(-1)
    by_hand = -np.mean([full[position, token].item() for position, token in enumerate(sample.answer_ids)])
    assert model.loss(batch, restrict=False).item() == pytest.approx(by_hand, rel=1e-5)
    vocab_size = model.config.language_model.vocab_size
    restricted = []
    for position, token in enumerate(sample.answer_ids):
        ids = [vocab_size - 1 - index for index in np.flatnonzero(sample.action_mask.allowed[position])]
        logits = head(states)[position, ids]
        restricted.append(-(logits.log_softmax(-1)[ids.index(token)]).item())
    assert model.loss(batch).item() == pytest.approx(np.mean(restricted), rel=1e-5)


def test_smoothing_leaves_navigation_alone_and_lowers_the_cost_of_neighbours():
    model = tiny.model().eval()
    batch = tiny.batch_of([tiny.sample("navigation", 1)])
    assert torch.allclose(model.loss(batch), model.loss(batch, bin_smoothing_sigma=2.0))
    batch = tiny.batch_of([tiny.sample("tabletop", 1)])
    assert not torch.allclose(model.loss(batch), model.loss(batch, bin_smoothing_sigma=2.0))


def test_greedy_answers_are_legal_and_equal_to_the_best_states():
    model = tiny.model().eval()
    wake_adapters(model)
    for sample in samples():
        batch = tiny.batch_of([dataclasses.replace(sample, answer_ids=())])
        with torch.no_grad():
            answer = decode_actions(model, batch, model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids))
        assert all(
            allowed[index] for allowed, index in zip(sample.action_mask.allowed, answer[0].tolist(), strict=True)
        )
        ids = tuple(tiny.tokenizer().action_id(index) for index in answer[0].tolist())
        forced = tiny.batch_of([dataclasses.replace(sample, answer_ids=ids)])
        best = model.action_logits(model.answer_states(forced), forced.allowed).argmax(-1)
        assert torch.equal(best, answer)


def test_shared_clouds_are_encoded_once():
    batch = tiny.batch_of([samples()[0], samples()[0], samples()[1]])
    used = {*samples()[0].object_rows.tolist(), *samples()[1].object_rows.tolist()}
    assert len(batch.clouds) == len(used)
    table = tiny.cloud_table()
    rows = batch.clouds[batch.object_index[0, batch.object_mask[0]]]
    assert np.allclose(rows.numpy(), table[samples()[0].object_rows])


def test_features_computed_before_stand_for_clouds_and_images():
    model = tiny.model().eval()
    batch = tiny.batch_of(samples())
    with torch.inference_mode():
        given = dataclasses.replace(
            batch,
            clouds=batch.clouds[:0],
            images=batch.images[:0],
            cloud_features=model.encode_clouds(batch.clouds),
            image_features=model.img_encoder(batch.images),
        )
        assert torch.allclose(model.answer_states(given), model.answer_states(batch), atol=1e-6)
        other = dataclasses.replace(given, image_features=torch.ones_like(given.image_features))
        assert not torch.allclose(model.answer_states(other), model.answer_states(batch), atol=1e-4)


def test_a_sample_without_objects_or_image_is_answered():
    sample = dataclasses.replace(
        tiny.sample("navigation", 1, with_image=False),
        object_rows=np.zeros(0, np.int64),
        object_locations=np.zeros((0, 6)),
    )
    assert tiny.model().eval().loss(tiny.batch_of([sample])).isfinite().all()


def test_more_objects_than_slots_keeps_the_first():
    sample = dataclasses.replace(
        tiny.sample("navigation", 1),
        object_rows=np.arange(20),
        object_locations=np.random.default_rng(0).random((20, 6)),
    )
    batch = collate([sample], tiny.cloud_table(), tiny.builder(), tiny.IMAGE_PX, max_objects=12)
    assert batch.object_mask.sum() == 12


def test_answer_of_another_length_is_an_error():
    sample = dataclasses.replace(tiny.sample("tabletop", 1), answer_ids=(1, 2))
    with pytest.raises(InputError, match="answer of 2 ids, but the action mask has 6"):
        tiny.batch_of([sample])


def test_gradients_reach_every_trained_part():
    model = tiny.model()
    wake_adapters(model)
    model.train().loss(tiny.batch_of(samples()), bin_smoothing_sigma=1.0).mean().backward()
    missing = [name for name, each in model.named_parameters() if each.requires_grad and each.grad is None]
    assert missing == []
    assert all(each.grad.isfinite().all() for each in model.parameters() if each.grad is not None)


def test_frozen_decoder_trains_adapters_only():
    frozen = dataclasses.replace(tiny.config().language_model, trainable=False)
    model = tiny.model(language_model=frozen, lora=LoraConfig(rank=2))
    trained = [name for name, each in model.llm_model.named_parameters() if each.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)


def test_it_learns_a_few_samples_by_heart():
    model = tiny.model()
    several = [tiny.sample(world, seed) for world in ("navigation", "tabletop") for seed in range(4)]
    batch = tiny.batch_of(several)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(80):
        optimizer.zero_grad()
        model.loss(batch).mean().backward()
        optimizer.step()
    answers = model.action_logits(model.answer_states(batch), batch.allowed).argmax(-1)
    expected = tiny.tokenizer().vocab_size - 1 - batch.answer_ids
    right = (answers == expected)[batch.answer_mask].float().mean()
    assert right > 0.9


def test_fresh_adapters_may_be_skipped():
    model = tiny.model().eval()
    batch = tiny.batch_of(samples())
    computed = model.loss(batch)
    model.use_adapters(False)
    assert torch.allclose(model.loss(batch), computed, atol=1e-6)
    wake_adapters(model)
    assert torch.allclose(model.loss(batch), computed, atol=1e-6)
    model.use_adapters(True)
    assert not torch.allclose(model.loss(batch), computed, atol=1e-6)
    assert all(each.requires_grad for each in model.llm_model.parameters())


def test_the_goal_guides_the_objects():
    model = tiny.model().eval()
    red, blue = (
        dataclasses.replace(tiny.sample("tabletop", 1), goal_ids=tiny.tokenizer().encode(f"put the {color} blocks"))
        for color in ("red", "blue")
    )
    tokens = []
    for each in (red, blue):
        batch = tiny.batch_of([each])
        tokens.append(model._object_tokens(batch, model.encode_clouds(batch.clouds))[0])
    assert torch.equal(tokens[0][0], tokens[1][0])  # the agent
    assert not torch.allclose(tokens[0][1:], tokens[1][1:], atol=1e-3)
