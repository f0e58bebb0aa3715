"""Text and action ids: what text may produce, where the actions stand in prompts, and the published strings."""

import io

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.errors import InputError
from policies.leo import prompts
from policies.leo.corpus import tokenizer_corpus
from policies.leo.sequence import IMAGE, OBJECT
from policies.leo.tokenizer import LeoTokenizer, train_tokenizer
from tests.policies.tiny import builder, tokenizer

RESERVED = 524


@pytest.fixture(scope="module")
def plain() -> LeoTokenizer:
    """A model like LLaMA's: byte fallback, no normalisation, and rare characters as its last pieces."""
    rare = "".join(chr(0x4E00 + number) for number in range(700))
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*tokenizer_corpus()[:400], rare]),
        model_writer=buffer,
        model_type="bpe",
        vocab_size=1200,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        character_coverage=1.0,
        minloglevel=2,
        hard_vocab_limit=False,
    )
    return LeoTokenizer(buffer.getvalue())


def test_action_ids_count_down_from_the_end():
    assert [tokenizer().action_id(index) for index in (0, 523)] == [
        tokenizer().vocab_size - 1,
        tokenizer().vocab_size - RESERVED,
    ]
    assert tokenizer().action_index(tokenizer().vocab_size - 1) == 0
    assert tokenizer().action_index(tokenizer().vocab_size - RESERVED - 1) is None


def test_training_is_reproducible():
    lines = tokenizer_corpus()
    assert train_tokenizer(lines, 600).model == tokenizer().model


def test_large_text_never_yields_action_ids(plain):
    rng = np.random.default_rng(0)
    code_points = rng.integers(0x20, 0x3000, 200_000)
    names = " ".join(f"<navigation_{n}> <u_{n}> <v_{n}><yaw_{n}>" for n in range(40))
    rare = "".join(chr(0x4E00 + number) for number in range(700))
    text = "".join(map(chr, code_points.tolist())) + names + rare + " ".join(tokenizer_corpus())
    for each in (tokenizer(), plain):
        ids = each.encode(text)
        assert len(ids) > 100_000
        assert max(ids) < each.vocab_size - RESERVED
        assert each.decode(ids).replace("▁", " ") == text.replace("▁", " ")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_ordinary(text):
    assert max(tokenizer().encode(text), default=0) < tokenizer().vocab_size - RESERVED


def test_continuation_is_the_text_without_a_leading_space():
    assert tokenizer().decode(tokenizer().encode("Past actions") + tokenizer().encode_continuation(". ASSISTANT:")) == (
        "Past actions. ASSISTANT:"
    )


def test_prompts_are_the_published_ones():
    prompt = prompts.navigation_prompt("find a chair", [1, 3])
    assert prompt.before + "{ids}" + prompt.after == (
        "USER: The task is navigation. Your goal is to find a chair by moving around in the scene. "
        "Past actions: {ids}. ASSISTANT:"
    )
    assert prompt.history == (0, 0, 1, 3)
    assert prompts.navigation_prompt("x", range(10)).history == (6, 7, 8, 9)
    prompt = prompts.manipulation_prompt("put the red blocks in a green bowl", [(9, 330, 490, 10, 331, 491)])
    assert prompt.before == (
        "USER: The task is manipulation. Your goal is to put the red blocks in a green bowl. Past actions: "
    )
    assert prompt.history == (8, 328, 488) * 6 + (9, 330, 490, 10, 331, 491)


def test_prompt_ids_hold_the_history_as_ids():
    ids = tokenizer().encode_prompt(prompts.navigation_prompt("find a chair", [1]))
    last = tokenizer().vocab_size - 1
    start = ids.index(last)
    assert ids[start : start + 4] == [last, last, last, last - 1]
    assert tokenizer().decode(ids[:start]).endswith("Past actions: ")


def test_layout_is_packed_and_ordered():
    tokens = builder().layout([50, 51], num_objects=3, has_image=True)
    assert tokens[0] == tokens[-1] == tokenizer().bos_id
    image = tokens.tolist().index(IMAGE)
    assert tokenizer().decode(tokens[1:image].tolist()) == prompts.pre_text() + " " + prompts.IMAGE_PROMPT
    assert tokens[-7:-3].tolist() == [OBJECT, OBJECT - 1, OBJECT - 2, OBJECT - 3]
    assert tokens[-3:-1].tolist() == [50, 51]
    without = builder().layout([50, 51], num_objects=3, has_image=False)
    assert len(tokens) - len(without) == 1 + len(tokenizer().encode(prompts.IMAGE_PROMPT))


def test_long_prompts_lose_their_oldest_tokens():
    tokens = builder().layout(list(range(300, 600)), num_objects=0, has_image=False)
    assert tokens[-2] == 599
    assert tokens[-256] == 345
    assert tokens[-257] == OBJECT


def test_not_a_tokenizer():
    with pytest.raises(InputError, match="not a SentencePiece model"):
        LeoTokenizer(b"nonsense")
