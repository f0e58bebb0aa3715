"""Objects in fewer tokens: the agent's stays, empty slots say nothing, the goal decides what is picked."""

import dataclasses

import pytest
import torch

from leo_agent.policies.leo.batches.batch import collate
from leo_agent.policies.leo.batches.sequence import OBJECT, SequenceBuilder
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.model.resampler import ObjectResampler
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, save_pretrained
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import samples

WIDTH, COUNT = 24, 3


def model() -> LeoModel:
    return tiny.model(spatial=dataclasses.replace(tiny.config().spatial, object_tokens=COUNT, dropout=0.0))


@pytest.fixture
def resampler() -> ObjectResampler:
    torch.manual_seed(0)
    return ObjectResampler(WIDTH, COUNT, 2, 8, 0.5)


def test_the_agent_stays_and_empty_slots_say_nothing(resampler):
    tokens, words = torch.randn(2, 7, WIDTH), torch.randn(2, 4, WIDTH)
    valid = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    picked = resampler(tokens, valid, words)
    assert picked.shape == (2, 1 + COUNT, WIDTH)
    assert torch.equal(picked[:, 0], tokens[:, 0])
    changed = tokens.clone()
    changed[1, 4:] = torch.nan_to_num(torch.randn(3, WIDTH) * 100)
    torch.testing.assert_close(resampler(changed, valid, words), picked)


def test_the_order_of_objects_means_nothing_and_the_goal_does(resampler):
    tokens, words = torch.randn(1, 7, WIDTH), torch.randn(1, 4, WIDTH)
    valid = torch.ones(1, 7, dtype=torch.bool)
    picked = resampler(tokens, valid, words)
    order = torch.tensor([0, 6, 3, 1, 5, 2, 4])
    torch.testing.assert_close(resampler(tokens[:, order], valid, words), picked)
    assert not torch.allclose(resampler(tokens, valid, words.flip(1)), picked)
    assert resampler(tokens, valid, words[:, :0]).isfinite().all(), "a text has no goal"


def test_a_sequence_has_a_place_for_the_agent_and_each_picked_token():
    builder = SequenceBuilder(tiny.tokenizer(), model().config)
    for objects in (0, 2, 40):
        layout = builder.layout([5, 6], objects, has_image=True)
        assert sorted(layout[layout <= OBJECT].tolist()) == list(range(OBJECT - COUNT, OBJECT + 1))


def test_it_is_trained_stored_and_read_again(tmp_path):
    made = model()
    builder = SequenceBuilder(tiny.tokenizer(), made.config)
    batch = collate(samples(), tiny.cloud_table(), builder, tiny.IMAGE_PX)
    made.loss(batch).mean().backward()
    assert made.pcd_resampler.queries.grad.abs().sum() > 0
    save_pretrained(made, tiny.tokenizer(), tmp_path / "policy")
    read, _ = from_pretrained(tmp_path / "policy")
    torch.testing.assert_close(read.loss(batch), made.eval().loss(batch))


@pytest.mark.parametrize("word_positions", [True, False])
def test_the_order_of_the_goals_words_counts_where_places_have_vectors(word_positions):
    changes = {"object_tokens": COUNT, "word_positions": word_positions, "location_bands": 2, "dropout": 0.0}
    made = tiny.look_around(tiny.model(spatial=dataclasses.replace(tiny.config().spatial, **changes)))
    parameters = dict(made.named_parameters())
    assert ("pcd_direct.word_position" in parameters) == word_positions
    assert ("pcd_resampler.word_position" in parameters) == word_positions
    said = [dataclasses.replace(samples()[0], goal_ids=ids) for ids in ((5, 6, 7), (7, 5, 6), (5, 6, 8))]
    batch = collate(said, tiny.cloud_table(), SequenceBuilder(tiny.tokenizer(), made.config), tiny.IMAGE_PX)
    straight, turned, other = made._object_tokens(batch, made.encode_clouds(batch.clouds))
    assert torch.allclose(straight, turned, atol=1e-6) == (not word_positions)
    assert not torch.allclose(straight, other, atol=1e-6)
