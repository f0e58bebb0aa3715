"""The compatibility list for LEO: items 1 to 8 by name, here or here and in the tests named; where the others are.

1 loader: the errors for files that are not so are in test_released_errors.
2 tokenizer: our own small ones are in test_tokenizer.
3 sequence: published rows are padded on the left, so that each ends in the last column. Ours are packed, without the
  masked slots, and padded on the right: the last valid token is at `lengths - 1`. Masked slots take no positions
  (published: in training they do; test_legacy).
4 loss: the mean over a batch is leo_agent.train's, of the vector that is tested here. A published answer of actions
  begins with a lone space piece and ends with EOS; ours is the action ids alone.
5, 6 spatial transformer: all of it against a reference in test_reference.
7 PointNet++: sampling and grouping in every case in test_reference.
8 actions: poses, borders and wrap-around in embodiments/test_tabletop, the published characters in test_legacy_text.
9, 10 rotation and accumulation: tests/leo_agent/test_train_augmentation and test_train_accumulation.
11 scoring of answers: tests/leo_agent/test_exact_match.
12 generation: test_legacy.

Items 2 and 3 also with LLaMA's own tokenizer.model where the environment variable LLAMA_TOKENIZER names it.
"""

import dataclasses
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from leo_agent.policies.leo.batches.action_mask import ActionMask
from leo_agent.policies.leo.batches.batch import collate
from leo_agent.policies.leo.batches.sequence import OBJECT, SequenceBuilder
from leo_agent.policies.leo.config.config import PointEncoderConfig, SpatialConfig
from leo_agent.policies.leo.config.presets import preset
from leo_agent.policies.leo.embodiments.tabletop import LeoTabletop, encode_pose
from leo_agent.policies.leo.model import language_model, point_encoder
from leo_agent.policies.leo.model.parameters import empty_model
from leo_agent.policies.leo.model.point_encoder import PointNetPlusPlus
from leo_agent.policies.leo.model.spatial_transformer import SpatialAttention, orientation_features, pairwise_features
from leo_agent.policies.leo.text import action_tokens, prompts
from leo_agent.policies.leo.text.legacy_text import PIECES
from leo_agent.policies.leo.text.sentence_piece_tokenizer import SentencePieceTokenizer
from leo_agent.policies.leo.weights import released
from leo_agent.policies.leo.weights.action_map import LLAMA_PIECES, action_map
from leo_agent.policies.leo.weights.checkpoint import own_tensors
from tests.policies.leo import released_files as made
from tests.policies.leo import tiny
from tests.policies.leo.model.test_model import wake_adapters

VICUNA = preset("leo-vicuna-7b")
BOS, EOS = 1, 2
with_llamas = pytest.mark.skipif(
    "LLAMA_TOKENIZER" not in os.environ, reason="LLAMA_TOKENIZER names no tokenizer.model of LLaMA"
)
ROLE = """
887 526 385 319 29902 7604 20255 24046 297 263 29871 29941 29928 9088 29889 887 508 17189 573 313 29896 29897 385 321
1484 29899 1493 1967 313 5943 1821 746 5181 29897 322 313 29906 29897 278 3618 313 18271 7535 29897 297 278 9088 313
21936 15579 467 887 881 6284 10049 304 278 3148 1001 29915 29879 15278 5034 304 278 2183 7604 2472 29889 29871
"""


def llamas() -> SentencePieceTokenizer:
    return SentencePieceTokenizer.load(Path(os.environ["LLAMA_TOKENIZER"]))


def test_item_1_loader():
    """523 tensors of 49,433,491 elements; names and shapes are those of our own model, each exactly once."""
    leo, points = made.leo_shapes(made.FULL), made.point_shapes(made.FULL)
    assert (len(leo), made.elements(leo)) == (523, 49_433_491)
    assert sum("lora_" in name for name in leo) == 448
    assert sum(name.startswith("pcd_encoder.") for name in leo) == 71
    model = empty_model(VICUNA)
    expected = {name: tuple(tensor.shape) for name, tensor in own_tensors(model).items()}
    remaining = {name: shape for name, shape in expected.items() if name not in leo}
    file = Path("full.pth")
    rope = made.stored(made.llama_shapes(made.FULL))
    rope = {name: each for name, each in rope.items() if "inv_freq" not in name}
    matched = [
        released.match_leo(file, made.stored(leo), model),
        released.match_language_model(Path("vicuna"), rope, model, remaining),
        released.match_points(file, made.stored(points), expected),
        released.match_image(file, made.stored(made.open_clip_shapes(made.FULL, 640, 12)), expected),
    ]
    taken = [name for each in matched for name in each.tensors]
    assert sorted(taken) == sorted(expected)
    assert all(each.tensors[name].shape == expected[name] for each in matched for name in each.tensors)
    print(f"{len(taken)} tensors of 4 files")


@with_llamas
def test_item_2_tokenizer():
    real = llamas()
    assert (real.vocab_size, real.bos_id, real.eos_id) == (32000, BOS, EOS)
    role = real.encode(prompts.pre_text(""))
    assert role == [int(each) for each in ROLE.split()]
    situation = [887, 526, 472, 263, 4629, 4423, 297, 278, 29871, 29941, 29928, 9088, 29889]
    assert real.encode(prompts.pre_text()) == role[:-1] + situation
    assert real.encode(prompts.IMAGE_PROMPT) == [382, 1484, 29899, 1493, 1967, 29901]
    assert real.encode(prompts.OBJECTS_PROMPT) == [4669, 29879, 313, 18271, 366, 29897, 297, 278, 9088, 29901]
    assert real.encode("USER:") == [3148, 1001, 29901]
    assert real.encode("X ASSISTANT:")[-5:] == [319, 1799, 9047, 13566, 29901]
    prompt = real.encode_prompt(prompts.action_prompt(prompts.NAVIGATION_TASK, "find a chair", [], (0,)))
    assert prompt[3:13] == [450, 3414, 338, 11322, 29889, 3575, 7306, 338, 304, 1284]
    assert prompt[-14:] == [19793, 8820, 29901, 29871, *[31999] * 4, 29889, 319, 1799, 9047, 13566, 29901]


@with_llamas
def test_item_2_dialogues_and_actions():
    """Text after </s> starts a piece again, a space before it stays; what a user says holds no EOS and no action."""
    real = llamas()
    assert real.encode_turns(["X", "USER:"]) == [1060, EOS, 3148, 1001, 29901]
    assert real.encode_turns(["X ", "USER:"]) == [1060, 29871, EOS, 3148, 1001, 29901]
    assert EOS not in real.encode("X</s>USER:")
    assert action_map(real)["pieces"] == LLAMA_PIECES
    assert [real.piece(31999 - index) for index in range(len(PIECES))] == list(PIECES)
    large = real.decode(range(3, 31000)) + "".join(PIECES)
    assert max(real.encode(large)) < 32000 - len(PIECES)


def test_item_2_pad_row_and_truncation():
    language = VICUNA.language_model
    assert (language.vocab_size, language.extra_rows) == (32000, 1)  # [PAD] is id 32000
    tokens = SequenceBuilder(tiny.tokenizer(), VICUNA).layout(list(range(300, 600)), num_objects=0, has_image=False)
    assert tokens[-256:-1].tolist() == list(range(345, 600))  # the last 255, then the BOS of the answer
    assert tokens[-257] == OBJECT


@pytest.mark.parametrize("tokenizer", [tiny.tokenizer, pytest.param(llamas, marks=with_llamas)])
def test_item_3_sequence(tokenizer):
    text = tokenizer()
    builder = SequenceBuilder(text, VICUNA)
    questions = [
        "USER: Where? ASSISTANT:",
        "USER: " + "What is to the left of the large brown table? " * 5 + "ASSISTANT:",
    ]
    samples = [
        dataclasses.replace(tiny.sample("navigation", 3, has_image), prompt_ids=text.encode(question), answer_ids=())
        for question, has_image in zip(questions, (False, True), strict=True)
    ]
    batch = collate(samples, tiny.cloud_table(), builder, tiny.IMAGE_PX)
    assert len(set(batch.lengths.tolist())) == 2
    for number, length in enumerate(batch.lengths.tolist()):
        assert torch.equal(batch.token_mask[number], torch.arange(batch.tokens.shape[1]) < length)
        assert batch.tokens[number, length - 1] == text.bos_id
        assert batch.answer_positions[number, 0] == length - 1
        positions = batch.positions[number, :length] - len(batch.prefix_ids)
        assert torch.equal(positions, torch.arange(length))
    full = builder.layout([], num_objects=60, has_image=True, situation="")
    assert [OBJECT - slot for slot in range(61)] == full[full <= OBJECT].tolist()
    without = builder.layout([], num_objects=60, has_image=False, situation="")
    assert len(full) - len(without) == len(text.encode(prompts.IMAGE_PROMPT)) + 1
    if tokenizer is llamas:
        assert len(full) - len(without) == 7
        assert len(full) == 149 + 1  # the published overhead, and the BOS of the answer
        assert len(builder.layout([], 60, True)) == 161 + 1


def test_item_4_loss():
    """An answer of three tokens, by the decoder's own plain forward over the whole row; and each sample counts once."""
    model = tiny.model().eval()
    wake_adapters(model)
    ids = tuple(tiny.tokenizer().action_id(index) for index in (5, 400, 523))
    three = dataclasses.replace(
        tiny.sample("tabletop", 5),
        action_mask=ActionMask(np.ones((3, action_tokens.NUM_ACTION_TOKENS), bool)),
        answer_ids=ids,
    )
    batch = tiny.batch_of([three])
    with torch.no_grad():
        given = language_model.embedding(model.llm_model)(batch.prefix_ids)
        row = torch.cat([given, model.embed(batch, model.encode_clouds(batch.clouds))[0]])
        logits = model.llm_model(inputs_embeds=row[None]).logits[0, -3:, : tiny.tokenizer().vocab_size].double().numpy()
        likelihood = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        by_hand = -sum(math.log(likelihood[place, token]) for place, token in enumerate(ids)) / 3
        assert model.loss(batch, restrict=False).item() == pytest.approx(by_hand, rel=1e-5)
        one = tiny.sample("navigation", 1)
        mixed = model.loss(tiny.batch_of([three, one]), restrict=False)
        alone = model.loss(tiny.batch_of([one]), restrict=False)
    assert mixed.tolist() == pytest.approx([by_hand, alone.item()], rel=1e-4)
    assert mixed.mean().item() == pytest.approx((by_hand + alone.item()) / 2, rel=1e-4)


def test_item_5_fourier_map_and_pairwise_features():
    q = torch.tensor([[0.1, -0.2, 0.3, 0.9]], dtype=torch.float64)
    products = (q[0].numpy()[:, None] * np.linspace(1, 15, 10)).ravel()
    expected = np.concatenate([q[0].numpy(), np.sin(np.pi * products), np.cos(np.pi * products)])
    assert expected.shape == (84,)
    assert np.allclose(orientation_features(q)[0].numpy(), expected, atol=1e-12)
    centres = torch.tensor([[[0.0, 0, 0], [3, 4, 12]]])
    table = pairwise_features(centres, torch.ones(1, 2, dtype=torch.bool))[0]
    assert torch.allclose(table[0, 1], torch.tensor([1, -12 / 13, 5 / 13, -4 / 5, -3 / 5]), atol=1e-6)
    assert torch.allclose(table[0, 0], torch.tensor([1e-5 / 13, 0, 1, 0, 0]), atol=1e-7)


def test_item_6_gate_of_zeros_is_plain_attention():
    torch.manual_seed(0)
    attention = SpatialAttention(SpatialConfig()).eval()
    torch.nn.init.zeros_(attention.lang_cond_fc.weight)
    torch.nn.init.zeros_(attention.lang_cond_fc.bias)
    tokens, pairwise = torch.randn(2, 6, 256), torch.randn(2, 6, 6, 5)
    valid = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    gate = attention.log_gate(tokens, pairwise, valid).exp()
    assert torch.allclose(gate[0], torch.tensor(0.5))
    assert torch.allclose(gate[1, :, :, :4], torch.tensor(0.5))
    assert torch.allclose(gate[1, :, :, 4:], torch.tensor(0.0))
    heads = [
        layer(tokens).view(2, 6, 8, 32).transpose(1, 2) for layer in (attention.w_qs, attention.w_ks, attention.w_vs)
    ]
    weights = (heads[0] @ heads[1].transpose(-1, -2) / 32**0.5).masked_fill(~valid[:, None, None], -torch.inf)
    mixed = (weights.softmax(-1) @ heads[2]).transpose(1, 2).reshape(2, 6, 256)
    expected = attention.layer_norm(attention.fc(mixed) + tokens)
    assert torch.allclose(attention(tokens, pairwise, valid), expected, atol=1e-5)


def test_item_7_point_encoder():
    """The start is index 0, what lies within 3 cm of the origin is skipped, free places repeat the first hit."""
    points = torch.tensor([[[0.5, 0, 0], [0.03, 0, 0], [-1.0, 0, 0], [0.033, 0, 0], [0.6, 0, 0]]])
    assert point_encoder.farthest_points(points, 4).tolist() == [[0, 2, 3, 4]]
    found = point_encoder.ball_query(points, points[:, [0, 2]], 0.2, 4)
    assert found.tolist() == [[[0, 4, 0, 0], [2, 2, 2, 2]]]
    assert point_encoder.ball_query(points, torch.full((1, 1, 3), 9.0), 0.2, 3).tolist() == [[[0, 0, 0]]]
    output = PointNetPlusPlus(PointEncoderConfig()).eval()(torch.ones(1, 1024, 6))
    assert output.shape == (1, 768)
    assert output.isfinite().all()


def test_item_8_actions():
    def token(index: int) -> int:
        return int(action_tokens.action_index_to_token(index, 32000))

    assert [token(action_tokens.U.start + u) for u in range(320)] == [31991 - u for u in range(320)]
    assert [token(action_tokens.V.start + v) for v in range(160)] == [31671 - v for v in range(160)]
    assert [token(action_tokens.YAW.start + z) for z in range(36)] == [31511 - z for z in range(36)]
    assert [token(index) for index in range(8)] == list(range(31999, 31991, -1))
    assert [token(index) for index in LeoTabletop.padding] == [31991, 31671, 31511] * 2
    assert all(token(token(index)) == index for index in range(action_tokens.NUM_ACTION_TOKENS))
    hair_below_zero = np.array([0.5, 0, 0, 0, 0, -0.5e-17, 1])
    assert encode_pose(hair_below_zero)[2] == action_tokens.YAW.start
