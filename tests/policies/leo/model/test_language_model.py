"""All kinds of language models behave the same towards LEO, and text guidance does its part."""

import dataclasses
from collections.abc import Callable

import pytest
import torch

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.acting.decoding import decode_actions
from leo_agent.policies.leo.config.config import OPT_LORA_TARGETS, ClipTextConfig, LoraConfig
from leo_agent.policies.leo.model import language_model
from leo_agent.policies.leo.model.decoder import BeamDecoder, KeyValues, prefill, prefill_ids
from leo_agent.policies.leo.model.model import LeoModel
from leo_agent.policies.leo.weights.checkpoint import from_pretrained, save_pretrained
from leo_agent.policies.leo.weights.tensor_files import open_tensors
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import samples, wake_adapters

SMALL_CLIP = ClipTextConfig(width=32, num_heads=2, num_layers=2, output_dim=24)


def opt_model(**changes: object) -> LeoModel:
    decoder = dataclasses.replace(tiny.config().language_model, architecture="opt", **changes)
    return tiny.model(language_model=decoder, lora=LoraConfig(rank=2, alpha=2, targets=OPT_LORA_TARGETS)).eval()


def grouped_model() -> LeoModel:
    """A Llama whose six heads share two of keys and values, and whose output is its input embeddings."""
    decoder = dataclasses.replace(
        tiny.config().language_model, num_heads=6, num_key_value_heads=2, tied_output=True, rope_theta=100000.0
    )
    return tiny.model(language_model=decoder).eval()


MODELS: dict[str, Callable[[], LeoModel]] = {
    "llama": lambda: tiny.model().eval(),
    "grouped": grouped_model,
    "opt": opt_model,
}


def test_opt_has_its_own_layers():
    names = [name for name, _ in opt_model().named_parameters()]
    adapted = {name.split(".")[-4] for name in names if "lora_A" in name}
    assert adapted == {"q_proj", "k_proj", "v_proj", "out_proj"}
    assert any("embed_positions" in name for name in names)
    assert not any("lm_head" in name for name in names)  # it is the input embeddings


@pytest.mark.parametrize("name", ["grouped", "opt"])
def test_states_do_not_depend_on_where_the_prefix_ends(name):
    model = MODELS[name]()
    wake_adapters(model)
    batch = tiny.batch_of(samples()[:2])
    spliced = tiny.without_prefix(batch)
    assert torch.allclose(model.answer_states(spliced, KeyValues(())), model.answer_states(batch), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_prefix_prompt_and_written_tokens_are_one_plain_forward_of_transformers(name):
    """Two alternatives of different tokens, after a prompt in three parts, against the decoder's own forward."""
    model = MODELS[name]()
    wake_adapters(model)
    decoder = language_model.base_decoder(model.llm_model)
    ids = torch.arange(40, 60)
    prefix = prefill_ids(model.llm_model, ids[:9])
    embedded = language_model.embedding(model.llm_model)(ids)[None]
    padded = torch.cat([embedded[:, 9:17], torch.ones(1, 3, embedded.shape[-1])], dim=1)
    valid = torch.arange(11)[None] < 8
    hidden, prompt = prefill(model.llm_model, padded, valid, torch.arange(9, 20)[None], prefix)
    writing = BeamDecoder(
        model.llm_model, prompt, torch.nn.functional.pad(valid, (9, 0), value=True), torch.tensor([17]), count=2, most=3
    )
    written = torch.tensor([[17, 18, 19], [5, 6, 7]])
    states = [hidden[:, 7].expand(2, -1)]
    states += [writing.step(language_model.embedding(model.llm_model)(written[None, :, step]))[0] for step in range(2)]
    writing.keep(torch.tensor([[1, 1]]))
    states.append(writing.step(language_model.embedding(model.llm_model)(written[None, :, 2]))[0])
    histories = torch.tensor([[17, 18], [5, 6], [5, 6]])
    for step, state in enumerate(states):
        for alternative in range(2):
            own = histories[1 if step == 3 else alternative][: min(step, 2)].tolist()
            own += written[alternative, 2:step].tolist()
            whole = torch.cat([ids[:17], torch.tensor(own, dtype=torch.int64)])
            expected = decoder(input_ids=whole[None]).logits[0, -1]
            found = state[alternative] @ language_model.output_rows(model.llm_model).T
            assert torch.allclose(found, expected, atol=1e-5), (step, alternative)


@pytest.mark.parametrize("name", ["grouped", "opt"])
def test_answers_of_a_batch_are_those_of_its_samples(name):
    model = MODELS[name]()
    wake_adapters(model)
    blank = [dataclasses.replace(each, answer_ids=()) for each in samples() if each.up_axis == "z"]

    def answers(several: list) -> torch.Tensor:
        batch = tiny.batch_of(several)
        with torch.no_grad():
            return decode_actions(model, batch, model.encode_clouds(batch.clouds), model.prefix(batch.prefix_ids))

    assert torch.equal(answers(blank), torch.cat([answers([each]) for each in blank]))
    assert torch.allclose(
        model.loss(tiny.batch_of(samples())),
        torch.cat([model.loss(tiny.batch_of([each])) for each in samples()]),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", ["grouped", "opt"])
def test_a_tied_output_is_stored_once_and_stays_tied(name, tmp_path):
    model = grouped_model() if name == "grouped" else opt_model(extra_rows=3)
    save_pretrained(model, tiny.tokenizer(), tmp_path / "tied")
    assert not any("lm_head" in key for key in open_tensors(tmp_path / "tied/model.safetensors"))
    read, _ = from_pretrained(tmp_path / "tied")
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in read.state_dict().items())
    assert language_model.output_rows(read.llm_model) is language_model.embedding(read.llm_model).weight
    batch = tiny.batch_of(samples())
    assert torch.equal(read.loss(batch), model.loss(batch))


def test_shared_heads_have_keys_and_values_of_their_own_number():
    """What a prefix keeps is a third of what six heads of their own would need; gradients are those of transformers."""
    model = grouped_model()
    ids = torch.arange(40, 60)
    assert prefill_ids(model.llm_model, ids).layers[0][0].shape == (1, 2, 20, 8)
    names = ("q_proj", "k_proj", "v_proj", "o_proj")
    decoder = language_model.base_decoder(model.llm_model)
    attention = decoder.model.layers[0].self_attn
    weights = [getattr(attention, name).base_layer.weight for name in names]
    assert [tuple(each.shape) for each in weights] == [(48, 48), (16, 48), (16, 48), (48, 48)]
    embedded = language_model.embedding(model.llm_model)(ids)[None]
    hidden, _ = prefill(model.llm_model, embedded, torch.ones(1, 20, dtype=torch.bool), ids[None] - 40, KeyValues())
    own = torch.autograd.grad(model.token_logits(hidden).square().mean(), weights)
    theirs = torch.autograd.grad(decoder(input_ids=ids[None]).logits.square().mean(), weights)
    for found, expected in zip(own, theirs, strict=True):
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("heads", [4, 5, 7])
def test_shared_heads_have_to_divide_the_others(heads):
    decoder = dataclasses.replace(tiny.config().language_model, num_heads=6, num_key_value_heads=heads)
    with pytest.raises(InputError, match=rf"num_key_value_heads: found {heads}, expected a divisor of 6"):
        dataclasses.replace(tiny.config(), language_model=decoder)


@pytest.mark.parametrize("extra_rows", [0, 1, 7])
def test_rows_beyond_the_tokenizer_are_never_answered(extra_rows):
    language = dataclasses.replace(tiny.config().language_model, extra_rows=extra_rows)
    model = tiny.model(language_model=language).eval()
    rows = language_model.output_rows(model.llm_model)
    assert len(rows) == tiny.tokenizer().vocab_size + extra_rows
    with torch.no_grad():
        rows[tiny.tokenizer().vocab_size :] = 1e3
    hidden = torch.rand(2, rows.shape[1])
    assert model.token_logits(hidden).shape == (2, tiny.tokenizer().vocab_size)
    with torch.no_grad():
        before = model.loss(tiny.batch_of(samples()), restrict=False)
        rows[tiny.tokenizer().vocab_size :] = -1e3
    assert torch.allclose(model.loss(tiny.batch_of(samples()), restrict=False), before, atol=1e-5)


def test_a_frozen_language_model_in_half_precision_beside_float32_parts(tmp_path):
    frozen = dataclasses.replace(tiny.config().language_model, trainable=False)
    model = tiny.model(language_model=frozen).eval()
    wake_adapters(model)
    exact = model.loss(tiny.batch_of(samples()))
    save_pretrained(model, tiny.tokenizer(), tmp_path / "leo")
    read, tokenizer = from_pretrained(tmp_path / "leo", language_model_dtype=torch.bfloat16)
    kinds = {".lora_" in name: each.dtype for name, each in read.llm_model.named_parameters()}
    assert kinds == {False: torch.bfloat16, True: torch.float32}
    assert {each.dtype for each in read.pcd_encoder.parameters()} == {torch.float32}
    assert torch.allclose(read.loss(tiny.batch_of(samples())), exact, rtol=0.05)
    save_pretrained(read, tokenizer, tmp_path / "half")
    again, _ = from_pretrained(tmp_path / "half")
    assert all(torch.equal(tensor, read.state_dict()[name]) for name, tensor in again.state_dict().items())
    assert again.llm_model.get_base_model().lm_head.weight.dtype == torch.bfloat16


def test_text_guidance_multiplies_image_and_objects():
    model = tiny.model(clip_text=SMALL_CLIP).eval()
    batch = tiny.batch_of(samples()[:2])
    assert "USER: The task is navigation. Your goal is to find a chair" in batch.instructions[0]
    guidance = model.clip_proj(model.clip_model(batch.instructions))
    assert not torch.allclose(guidance[0], guidance[1])
    features = model.encode_clouds(batch.clouds)
    guided = model.embed(batch, features)
    model.clip_proj, proj = None, model.clip_proj
    plain = model.embed(batch, features)
    model.clip_proj = proj
    visual = batch.tokens < 0
    assert torch.allclose(guided, torch.where(visual[..., None], plain * guidance[:, None], plain), atol=1e-6)


def test_clip_stays_frozen_and_its_texts_are_cut():
    model = tiny.model(clip_text=SMALL_CLIP).train()
    assert not model.clip_model.training
    assert not any(each.requires_grad for each in model.clip_model.parameters())
    assert all(each.requires_grad for each in model.clip_proj.parameters())
    long = "find a chair " * 200
    assert torch.equal(model.clip_model([long]), model.clip_model([long + "and a table"]))


def test_text_guidance_round_trips(tmp_path):
    model = tiny.model(clip_text=SMALL_CLIP).eval()
    save_pretrained(model, tiny.tokenizer(), tmp_path / "guided")
    read, _ = from_pretrained(tmp_path / "guided")
    batch = tiny.batch_of(samples())
    assert torch.equal(read.loss(batch), model.loss(batch))
