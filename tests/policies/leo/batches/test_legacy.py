"""Published behaviours behind their switches, each against the published layout written out by hand."""

import dataclasses

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.answering.text_decoding import TextDecoding, generate_text
from leo_agent.policies.leo.batches.batch import collate
from leo_agent.policies.leo.batches.sequence import IMAGE, OBJECT, SequenceBuilder
from leo_agent.policies.leo.config.legacy import Legacy
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import prefill
from leo_agent.policies.leo.text import prompts
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

SLOTS = 61
NO_LEGACY = Legacy()


def batch_of(samples, legacy):
    builder = SequenceBuilder(tiny.tokenizer(), dataclasses.replace(tiny.config(), legacy=legacy), training=True)
    return collate(samples, tiny.cloud_table(), builder, tiny.IMAGE_PX)


def published_row(sample) -> tuple[list[int | None], list[bool]]:
    """The published fixed layout of a sample: what stands at each place (None where masked), and the mask."""
    encode, bos = tiny.tokenizer().encode, tiny.tokenizer().bos_id
    count, has_image = len(sample.object_rows), sample.image is not None
    first = [bos, *encode(prompts.pre_text(sample.situation))]
    image = [*encode(prompts.IMAGE_PROMPT), IMAGE]
    objects = [OBJECT - slot for slot in range(SLOTS)]
    last = [*sample.prompt_ids, bos, *sample.answer_ids[:-1]]
    row = [*first, *image, *encode(prompts.OBJECTS_PROMPT), *objects, *last]
    middle = len(encode(prompts.OBJECTS_PROMPT))
    mask = [True] * len(first) + [has_image] * len(image) + [True] * middle
    mask += [slot <= count for slot in range(SLOTS)] + [True] * len(last)
    return row, mask


@pytest.mark.parametrize("legacy", [Legacy(positions=True), NO_LEGACY])
@pytest.mark.parametrize(("world", "seed", "has_image"), [("navigation", 1, True), ("tabletop", 2, False)])
@torch.no_grad()
def test_training_sees_the_positions_of_the_published_row(legacy, world, seed, has_image):
    """transformers' own forward over the whole masked row, without position ids, is what the published code computes;
    packed by default, the same row has the positions of what is there."""
    sample = tiny.sample(world, seed, has_image)
    batch = batch_of([sample], legacy)
    row, mask = published_row(sample)
    kept = np.flatnonzero(mask)
    tokens = np.concatenate([batch.prefix_ids.numpy(), batch.tokens[0].numpy()])
    assert tokens.tolist() == [row[place] for place in kept]
    positions = np.concatenate([np.arange(len(batch.prefix_ids)), batch.positions[0].numpy()])
    assert positions.tolist() == (kept.tolist() if legacy.positions else list(range(len(kept))))

    model = tiny.model().eval()
    wake_adapters(model)
    width = model.config.language_model.hidden_size
    prefix = language_model.embedding(model.llm_model)(batch.prefix_ids)
    packed = torch.cat([prefix, model.embed(batch, model.encode_clouds(batch.clouds))[0]])
    whole = torch.randn(len(row), width)
    whole[kept] = packed
    decoder = language_model.base_decoder(model.llm_model).model
    options = {} if legacy.positions else {"position_ids": torch.tensor(mask).cumsum(0)[None] - 1}
    expected = decoder(inputs_embeds=whole[None], attention_mask=torch.tensor(mask)[None].long(), **options)
    answers = expected.last_hidden_state[0, kept][-len(sample.answer_ids) :]
    assert torch.allclose(model.answer_states(batch)[0], answers, atol=1e-5)


def test_a_gap_ends_the_shared_prefix():
    samples = [tiny.sample("navigation", seed, with_image=False) for seed in range(2)]
    packed, gaps = (batch_of(samples, legacy) for legacy in (NO_LEGACY, Legacy(positions=True)))
    difference = len(packed.prefix_ids) - len(gaps.prefix_ids)
    assert difference == len(tiny.tokenizer().encode(prompts.OBJECTS_PROMPT))
    model = tiny.model().eval()
    wake_adapters(model)
    with torch.no_grad():
        together = model.loss(gaps)
        alone = torch.cat([model.loss(batch_of([each], Legacy(positions=True))) for each in samples])
    assert torch.allclose(together, alone, atol=1e-5)


def test_generation_never_leaves_gaps():
    config = dataclasses.replace(tiny.config(), legacy=Legacy(positions=True))
    sample = tiny.sample("navigation", 1, with_image=False)
    generating = collate([sample], tiny.cloud_table(), SequenceBuilder(tiny.tokenizer(), config), tiny.IMAGE_PX)
    assert (
        generating.positions[0].tolist()
        == (len(generating.prefix_ids) + np.arange(generating.tokens.shape[1])).tolist()
    )


def test_the_published_piece_before_objects_and_instruction():
    sample = tiny.sample("navigation", 1)
    plain, published = (batch_of([sample], legacy) for legacy in (NO_LEGACY, Legacy(bos=True)))
    piece = tiny.tokenizer().encode(".")
    objects = tiny.tokenizer().encode(prompts.OBJECTS_PROMPT)
    found, row = (np.concatenate([each.prefix_ids, each.tokens[0]]).tolist() for each in (published, plain))
    begin = row.index(IMAGE) + 1
    end = begin + len(objects) + len(sample.object_rows) + 1
    assert row[begin : begin + len(objects)] == objects
    assert found == [*row[:begin], *piece, *row[begin:end], *piece, *row[end:]]


def test_the_published_distance_scale_is_switched_on():
    in_world = dataclasses.replace(tiny.config().spatial, frame="world")  # in its own frame the agent is the origin
    model = tiny.model(spatial=in_world).eval()
    sample = tiny.sample("navigation", 1)
    moved = dataclasses.replace(
        sample, agent_position=sample.agent_position + 10, object_locations=sample.object_locations + 10
    )
    batch = batch_of([moved], NO_LEGACY)
    with torch.no_grad():
        features = model.encode_clouds(batch.clouds)
        plain = model.embed(batch, features)
        published = tiny.model(spatial=in_world, legacy=Legacy(distance_scale=True)).eval()
        assert not torch.allclose(published.embed(batch, features), plain, atol=1e-5)
        full = tiny.model(
            spatial=in_world, legacy=Legacy(distance_scale=True), max_objects=len(sample.object_rows)
        ).eval()
        assert torch.allclose(full.embed(batch, features), plain, atol=1e-6)  # no slot is empty


@torch.no_grad()
def test_generation_has_the_packed_positions_of_training_and_penalises_no_prompt_token():
    """Item 12 of the compatibility list: what transformers' generate is given, and what it does with it."""
    model = tiny.model().eval()
    wake_adapters(model)
    samples = [dataclasses.replace(tiny.sample(*each), answer_ids=()) for each in (("navigation", 1), ("tabletop", 2))]
    batch = batch_of(samples, NO_LEGACY)
    features, prefix = model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids)
    rotary = language_model.base_decoder(model.llm_model).model.rotary_emb
    seen = []
    handle = rotary.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["position_ids"]), with_kwargs=True
    )
    generate_text(model, batch, features, prefix, tiny.tokenizer().eos_id, TextDecoding(beams=1, max_tokens=3))
    handle.remove()
    for row, length in enumerate((prefix.length + batch.lengths).tolist()):
        assert seen[0][row].tolist()[prefix.length - length :] == list(range(prefix.length, length))
        assert [each[row, -1].item() for each in seen[1:]] == [length, length + 1]
    assert seen[0].shape[1] == batch.tokens.shape[1]  # the prefix is not computed again

    greedy = generate_text(model, batch, features, prefix, -1, TextDecoding(beams=1, max_tokens=4))
    penalised = generate_text(
        model, batch, features, prefix, -1, TextDecoding(beams=1, max_tokens=4, repetition_penalty=1e6)
    )
    hidden, _ = prefill(model.llm_model, model.embed(batch, features), batch.token_mask, batch.positions, prefix)
    text = tiny.tokenizer().vocab_size - 524
    best = model.token_logits(hidden[torch.arange(2), batch.lengths - 1])[:, :text].argmax(-1).tolist()
    assert [answer[0] for answer in greedy] == best
    assert [answer[0] for answer in penalised] == best  # a prompt's token may be said, once
    assert all(len(set(answer)) == len(answer) for answer in penalised)


def test_an_answer_has_at_most_255_tokens():
    model = tiny.model().eval()
    batch = batch_of([dataclasses.replace(tiny.sample("navigation", 1), answer_ids=())], NO_LEGACY)
    with torch.no_grad():
        prefix = model.prefix(batch.prefix_ids)
        (answer,) = generate_text(model, batch, model.encode_clouds(batch.clouds), prefix, -1, TextDecoding(beams=1))
    assert len(answer) == 255
