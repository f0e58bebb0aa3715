"""How a sequence is laid out, and what a prompt beyond the context loses."""

import dataclasses
import logging

import pytest

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.batches import sequence
from leo_agent.policies.leo.batches.sequence import IMAGE, OBJECT, SequenceBuilder
from leo_agent.policies.leo.text import prompts
from tests.policies.leo import tiny


def builder(**changes) -> SequenceBuilder:
    return SequenceBuilder(tiny.tokenizer(), dataclasses.replace(tiny.config(), **changes))


def tail_of(laid_out, length: int) -> list[int]:
    """The prompt at the end of a layout, before the BOS of the answer."""
    return laid_out.tolist()[-1 - length : -1]


def test_only_what_is_there_takes_a_place():
    ids = tiny.tokenizer().encode("USER: hello ASSISTANT:")
    with_image = builder().layout(ids, 3, True).tolist()
    without = builder().layout(ids, 0, False).tolist()
    assert [each for each in with_image if each < 0] == [IMAGE, OBJECT, OBJECT - 1, OBJECT - 2, OBJECT - 3]
    assert [each for each in without if each < 0] == [OBJECT]
    image_prompt = len(tiny.tokenizer().encode(prompts.IMAGE_PROMPT))
    assert len(with_image) - len(without) == 3 + 1 + image_prompt


@pytest.mark.parametrize(("world", "unit"), [("navigation", 1), ("tabletop", 6)])
def test_a_long_prompt_loses_its_oldest_actions_first_and_says_so_once(world, unit, caplog):
    tokenizer = tiny.tokenizer()
    past = list(range(1, 9)) if unit == 1 else [(8 + k, 328 + k, 488 + k) * 2 for k in range(8)]
    past = [(index,) for index in past] if unit == 1 else past

    def prompt(shown, steps):
        return tokenizer.encode_prompt(prompts.action_prompt(tiny.leo(world).task, "find a chair", shown, (0,), steps))

    whole = prompt(past, 8)
    shorter = builder(max_prompt_tokens=len(whole) - 2)
    expected = prompt(past[2:], 6) if unit == 1 else prompt(past[1:], 7)
    with caplog.at_level(logging.WARNING, sequence.__name__):
        for _ in range(2):
            assert tail_of(shorter.layout(whole, 1, False, action_length=unit), len(expected)) == expected
    assert [each.getMessage() for each in caplog.records] == [
        f"a prompt of {len(whole)} tokens, the model takes {len(whole) - 2}: the oldest are left out"
    ]


def test_text_alone_loses_its_beginning():
    whole = tiny.tokenizer().encode("USER: " + "put the red block in a bowl and " * 20 + " ASSISTANT:")
    assert tail_of(builder(max_prompt_tokens=30).layout(whole, 1, False), 31)[1:] == whole[-30:]


def test_a_sequence_beyond_the_context_is_an_error():
    with pytest.raises(InputError, match=r"prompt: \d+ tokens, expected fewer than the 1024 of the language model"):
        builder().layout([5], 1, False, situation="I see a chair. " * 400)
