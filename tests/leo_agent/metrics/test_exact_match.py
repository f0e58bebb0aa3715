"""Answers in words: the published cleaning, and exact match by the published and by the corrected protocol."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leo_agent.contract.errors import InputError
from leo_agent.metrics.exact_match import WORD_MAP, clean_answer, exact_match

NOTHING, REFINED, EXACT = (False, False), (False, True), (True, True)
WORDS = ("no", "not", "north", "brown", "chair", "armchair", "two", "tv", "o'clock", "t-shirt", "left", "of", "3", "16")
PIECES = (*WORDS, *WORD_MAP, "a", "an", "the", "no1", "mat2", "tv1", "o'", "clock", "backwards", "backwards4", "23", "")
SEPARATORS = (" ", "  ", ". ", ".   ", ", ", "-", " . ", "\n", "/", "'", ": ", "é")
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
answers = st.one_of(phrases, st.sampled_from(["", " ", ".", ",", "¿?"]))
messy = st.one_of(
    st.text(max_size=20),
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(SEPARATORS)), max_size=6).map(
        lambda pairs: "".join(piece + separator for piece, separator in pairs)
    ),
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("None", "zero"),
        ("the left of a chair", "left of chair"),
        ("no.1", "no"),
        ("2 chairs", "two chairs"),
        ("yes.", "yes"),
        ("a", "a"),
        ("  A   Brown chair. ", "brown chair"),
        ('"on/off"', "onoff"),
        ("façade", "faade"),
        ("o\u2019clock", "o'clock"),
        ("3 o'   clock", "three o'clock"),
        ("23 books, 21 cups: 24-hour", "twenty-three books, 21 cups: 24-hour"),
        ("12", "twelve"),
        ("no12", "no12"),
        ("mat2 no1", "mat no"),
        ("an apple on the table by a TV", "apple on table by TV"),
        ("the 2 chairs", "two chairs"),
        ("backwards", "backward"),
        ("walk backwards1", "walk backward"),
        ("let us", "left us"),
        ("outlet", "outlet"),
        ("chai's", "chair's"),
        ("the", "the"),
        ("a  .chair", "chair"),
        ("a . chair", "a  chair"),
        (" two \n", "two\n"),
    ],
)
def test_cleaning_follows_the_published_rules_in_their_order(text, cleaned):
    assert clean_answer(text) == cleaned


def test_the_word_map_is_the_published_one():
    numbers = [word for word in WORD_MAP if word.isdigit()]
    assert numbers == [*map(str, range(21)), "23"]
    for wrong, right in WORD_MAP.items():
        assert clean_answer(wrong) == clean_answer(f" {wrong.upper()}.") == right
        assert clean_answer(f"x{wrong}x") == f"x{wrong}x"


@given(messy)
@example("o' the clock")
@example("an a an apple")
def test_cleaning_again_changes_only_what_a_later_rule_left_to_an_earlier_one(text):
    once = clean_answer(text)
    dropped_between_spaces = once != re.sub(" {2,}", " ", re.sub("^ +| +$", "", once))
    uncovered_word = any(word in WORD_MAP for word in re.findall(r"\w+", once)) or re.search(r"\bo' +clock\b", once)
    article_left = re.search(r"\b(a|an|the) [a-zA-Z]", once)
    if not (dropped_between_spaces or uncovered_word or article_left):
        assert clean_answer(once) == once


@given(messy)
def test_cleaning_ends(text):
    for _ in range(len(text) + 1):
        text = clean_answer(text)
    assert clean_answer(text) == text


@pytest.mark.parametrize(
    ("text", "once", "twice"),
    [
        ("yes .", "yes ", "yes"),
        ("a . chair", "a  chair", "chair"),
        ("tv1", "tv", "TV"),
        ("a a chair", "a chair", "chair"),
        ("an a an apple", "an apple", "apple"),
        ("o' the clock", "o' clock", "o'clock"),
    ],
)
def test_where_the_published_rules_are_not_idempotent(text, once, twice):
    assert clean_answer(text) == once
    assert clean_answer(once) == twice


@pytest.mark.parametrize(
    ("prediction", "references", "corrected", "legacy"),
    [
        ("", ["chair"], NOTHING, REFINED),
        (".", ["chair"], NOTHING, REFINED),
        ("", [""], NOTHING, EXACT),
        ("chair", ["..."], NOTHING, REFINED),
        ("no", ["north"], NOTHING, REFINED),
        ("north", ["no"], NOTHING, REFINED),
        ("brown", ["brown chair", "brown"], EXACT, REFINED),
        ("brown", ["brown", "brown chair"], EXACT, EXACT),
        ("Brown.", ["the brown chair"], REFINED, REFINED),
        ("it is on the left, near a table", ["left"], REFINED, REFINED),
        ("night stand", ["nightstand"], NOTHING, REFINED),
        ("three", ["twenty-three", "23"], NOTHING, REFINED),
        ("brown table", ["brown wooden table"], NOTHING, NOTHING),
        ("2", ["two"], EXACT, EXACT),
        ("table", ["chair", "sofa"], NOTHING, NOTHING),
    ],
)
def test_both_protocols(prediction, references, corrected, legacy):
    assert exact_match(prediction, references) == corrected
    assert exact_match(prediction, references, protocol="legacy") == legacy


@given(answers, st.lists(answers, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_corrected_protocol_does_not_depend_on_the_order_of_the_references(prediction, references, random):
    shuffled = random.sample(references, len(references))
    assert exact_match(prediction, references) == exact_match(prediction, shuffled)


@given(answers, st.lists(answers, min_size=1, max_size=4))
def test_how_the_verdicts_imply_each_other(prediction, references):
    corrected = exact_match(prediction, references)
    legacy = exact_match(prediction, references, protocol="legacy")
    has_word = re.search("[a-z0-9]", prediction) is not None
    assert corrected.refined >= corrected.em
    assert legacy.refined >= corrected.refined, "the corrected rules only take away refined matches"
    assert corrected.em == (has_word and clean_answer(prediction) in map(clean_answer, references))
    assert has_word or not corrected.refined


@given(phrases, st.lists(answers, max_size=3), st.integers(0, 3))
def test_an_exact_match_is_found_wherever_it_stands(prediction, others, place):
    references = [*others[:place], prediction, *others[place:]]
    assert exact_match(prediction, references) == EXACT


def test_wrong_arguments_are_named():
    for references in ("brown", []):
        with pytest.raises(InputError, match="references: found"):
            exact_match("brown", references)
    with pytest.raises(InputError, match="protocol: found 'loose', expected one of corrected, legacy"):
        exact_match("brown", ["brown"], protocol="loose")


def test_the_package_is_part_of_the_distribution():
    from setuptools import find_packages

    assert "leo_agent.metrics" in find_packages(include=["leo_agent.*"])
