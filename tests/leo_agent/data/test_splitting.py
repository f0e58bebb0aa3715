"""Captions that are longer than an answer may be."""

import pytest

from leo_agent.data.items import TextItem
from leo_agent.data.splitting import MOST_CHARACTERS, split_caption, training_items


@pytest.mark.parametrize("caption", ["", "A brown chair.", "a brown chair", "x. " * 300, "One. Two. Three."])
def test_a_short_caption_stays_as_it_is(caption):
    assert len(caption) <= MOST_CHARACTERS
    assert split_caption(caption) == [caption]


def test_a_long_one_is_cut_between_sentences_and_each_part_has_the_first():
    sentences = [f"Sentence {number} of the caption ends here." for number in range(60)]
    parts = split_caption(" ".join(sentences))
    assert len(parts) > 1
    assert all(part.startswith(sentences[0]) and len(part) <= MOST_CHARACTERS for part in parts)
    said = [sentence for part in parts for sentence in part.removeprefix(sentences[0]).strip().split(". ")]
    assert [each.rstrip(".") for each in said] == [each.rstrip(".") for each in sentences[1:]]


def test_a_sentence_without_end_stays_whole():
    endless = "word " * 400
    assert split_caption(f"First. {endless}") == [f"First. {endless.strip()}"]


def test_only_captions_are_cut():
    long = "Go there. " * 200
    caption = TextItem(id="a", task="scene-caption", family="3rscan", scan="s", answers=(long,))
    plan = TextItem(id="b", task="plan", family="3rscan", scan="s", text="go", answers=(long,))
    found = list(training_items([caption, plan]))
    assert found[-1] == plan
    assert [item.id for item in found[:-1]] == ["a-part0", "a-part1"]
