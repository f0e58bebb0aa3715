"""Actions as published characters: the table is LLaMA's own, texts are read as the published evaluator reads them."""

import hashlib
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text import action_tokens as tokens
from leo_agent.policies.leo.text import legacy_text
from leo_agent.policies.leo.text.action_tokens import NAVIGATION_ACTIONS, NUM_ACTION_TOKENS, TABLETOP_BLOCKS
from leo_agent.policies.leo.text.legacy_text import PIECES, UPSTREAM_STRINGS
from leo_agent.policies.leo.weights.action_map import LLAMA_PIECES

DONE = tuple(block.start for block in TABLETOP_BLOCKS)
actions = st.tuples(*(st.sampled_from(block.indices) for block in TABLETOP_BLOCKS))
BODY_U304 = tokens.U.start + 304


def test_the_table_is_that_of_llamas_tokenizer():
    """One character each, all different, none a space, and the hash of the real tokenizer's pieces at these ids."""
    assert hashlib.sha256("\n".join(PIECES).encode()).hexdigest()[:16] == LLAMA_PIECES
    assert len(set(PIECES)) == NUM_ACTION_TOKENS == 524
    assert {len(each) for each in PIECES} == {1}
    assert not any(each.isspace() for each in PIECES)
    codes = [f"{ord(PIECES[index]):X}" for index in (0, 7, 8, 327, 328, 487, 488, 523)]
    assert codes == ["7ED9", "3079", "3052", "1E2A", "5E5", "99", "2609", "6C99"]


def test_the_four_wrong_strings():
    assert [legacy_text.encode([index], upstream=True) for index in (118, 312, 444, 487)] == [
        "\\u202d",
        " \N{CJK UNIFIED IDEOGRAPH-8EAB}",
        "\\x9d",
        "\\x99",
    ]
    assert [f"{ord(legacy_text.encode([index])):X}" for index in UPSTREAM_STRINGS] == ["202D", "8EAB", "9D", "99"]
    ordinary = [index for index in range(NUM_ACTION_TOKENS) if index not in UPSTREAM_STRINGS]
    assert legacy_text.encode(ordinary, upstream=True) == legacy_text.encode(ordinary)


def test_navigation():
    for index in range(NUM_ACTION_TOKENS):
        expected = index if index < len(NAVIGATION_ACTIONS) else None
        assert legacy_text.decode_navigation(legacy_text.encode([index])) == expected
    stop = legacy_text.encode([0])
    assert legacy_text.decode_navigation(f" {stop} ") == 0
    for text in ("", " ", "stop", stop + stop, stop + "."):
        assert legacy_text.decode_navigation(text) is None


@pytest.mark.parametrize("upstream", [False, True])
def test_every_block_of_u_v_and_yaw(upstream):
    """All 320 * 160 * 36 of them, two to a text: the first half as the pick, its mirror image as the place."""
    count = 0
    for u in range(8, 168):
        for v in range(328, 488):
            for yaw in range(488, 524):
                action = (u, v, yaw, 335 - u, 815 - v, 1011 - yaw)
                assert legacy_text.decode_tabletop(legacy_text.encode(action, upstream), upstream) == action
                count += 2
    print(f"{count:,} blocks")
    assert count == 320 * 160 * 36


@given(actions, st.booleans())
@example((BODY_U304, 328, 488, BODY_U304, 487, 523), True)
def test_any_action(action, upstream):
    """The published table loses u = 304 at the beginning, where its space is stripped off."""
    found = legacy_text.decode_tabletop(legacy_text.encode(action, upstream), upstream)
    assert found == (None if upstream and action[0] == BODY_U304 else action)


@given(actions, st.lists(st.text(alphabet="abc .-/UE", max_size=3), min_size=7, max_size=7))
def test_other_characters_are_skipped(action, between):
    text = between[0] + "".join(
        legacy_text.encode([index]) + rest for index, rest in zip(action, between[1:], strict=True)
    )
    assert legacy_text.decode_tabletop(text) == action


def test_what_is_no_action():
    done = legacy_text.encode(DONE)
    assert legacy_text.decode_tabletop(done) == DONE
    navigation = legacy_text.encode([0, 1, 3])
    assert legacy_text.decode_tabletop(navigation + done) == DONE  # not of the tabletop's strings: skipped
    swapped = legacy_text.encode([*DONE[1:], DONE[0]])
    for text in ("", done[:5], done + done[0], done + done, done[::-1], swapped, "put the red block in a bowl"):
        assert legacy_text.decode_tabletop(text) is None
    with_wrong = (118, 444, 488, 118, 487, 523)
    assert legacy_text.decode_tabletop(legacy_text.encode(with_wrong, upstream=True)) is None
    assert legacy_text.decode_tabletop(legacy_text.encode(with_wrong), upstream=True) is None
    later = (8, 328, 488, BODY_U304, 328, 488)
    assert legacy_text.decode_tabletop(legacy_text.encode(later, upstream=True), upstream=True) == later


@pytest.mark.parametrize(("form", "changed"), [("NFC", 1), ("NFKC", 14)])
def test_normalised_text_is_not_the_same(form, changed):
    """Why texts must reach the codec as they are."""
    assert sum(unicodedata.normalize(form, each) != each for each in PIECES) == changed


@given(st.text() | st.text(alphabet=[*PIECES, *"\\u202dx9 "]), st.booleans())
def test_no_text_is_an_error(text, upstream):
    found = legacy_text.decode_tabletop(text, upstream)
    assert found is None or legacy_text.decode_tabletop(legacy_text.encode(found)) == found
    legacy_text.decode_navigation(text)


@pytest.mark.parametrize("index", [-1, 524])
def test_an_index_that_is_none(index):
    with pytest.raises(InputError, match=f"action index: found {index}, expected 0 to 523"):
        legacy_text.encode([0, index])
