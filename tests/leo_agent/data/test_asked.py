"""Which of the questions are kept: what words alone tell is not asked for."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from leo_agent.data.items import TextItem
from leo_agent.data.made.asked import LEAST, QUESTIONS, MadeText, balanced, chosen_items
from leo_agent.data.sets.base import find_set

TEMPLATES = ("what color is the {which}?", "which color does the {which} have?")


def asked(answers: list[str], *groups: str) -> list[MadeText]:
    def item(number: int) -> TextItem:
        return TextItem(
            id=f"{'-'.join(groups)}-{number}", task="question", family="scannet", scan="s", answers=(answers[number],)
        )

    return [MadeText(item(number), groups, TEMPLATES, {"which": "stove"}) for number in range(len(answers))]


def answers_of(texts: list[MadeText]) -> Counter[str]:
    return Counter(text.item.answers[0] for text in texts)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"gray": 20, "red": 3, "blue": 2}, {"gray": 5, "red": 3, "blue": 2}),
        ({"gray": 4, "red": 3, "blue": 2}, {"gray": 4, "red": 3, "blue": 2}),
        ({"gray": 20}, {"gray": LEAST}),
        ({"gray": 20, "red": 1}, {"gray": LEAST, "red": 1}),
        ({"gray": 1}, {"gray": 1}),
    ],
)
def test_no_answer_is_kept_more_often_than_all_others_of_its_group(given, kept):
    texts = asked(list(Counter(given).elements()), "color/stove")
    found = balanced(texts, rng())
    assert answers_of(found) == kept
    places = [texts.index(text) for text in found]
    assert places == sorted(places)
    assert balanced(texts, rng()) == found


def test_which_of_the_same_go_is_drawn():
    texts = asked(["gray"] * 30 + ["red"] * 4, "color/stove")
    assert balanced(texts, rng(0)) != balanced(texts, rng(1))


def test_groups_are_balanced_one_after_the_other_and_texts_without_any_stay():
    texts = asked(["yes"] * 5 + ["no"] * 5, "is/stove", "is") + asked(["no"] * 9, "is/tub", "is") + asked(["red"] * 9)
    found = balanced(texts, rng())
    assert answers_of(found) == {"yes": 5, "no": 5, "red": 9}


def test_questions_go_to_both_sets_in_turn_and_no_two_neighbours_are_worded_alike():
    items = chosen_items({QUESTIONS: asked(["gray", "red"] * 10, "color/stove")}, rng())
    assert {name: len(own) for name, own in items.items()} == {"scanqa": 10, "rscan_qa": 10}
    assert {item.family for item in items["rscan_qa"]} == {"3rscan"}
    for own in items.values():
        assert all(one.text != other.text for one, other in pairwise(own))
        assert {item.text for item in own} == {"What color is the stove?", "Which color does the stove have?"}


def test_half_of_the_answers_to_whether_are_no(made):
    for name in ("scanqa", "rscan_qa"):
        items = [item for item in find_set(name).read(made, "train") if "-existence-" in item.id]
        answers = Counter(item.answers[0] for item in items)
        assert len(items) > 20
        assert abs(answers["yes"] - answers["no"]) <= 0.2 * len(items)
