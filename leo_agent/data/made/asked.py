"""Texts before they are chosen and worded: what words alone would tell is not asked for, whatever the house is like.

Houses are alike: a kitchen mostly has an extractor hood, and it is mostly gray; who answers so without looking is right
more often than not. Questions come in groups, each of those that words tell not apart ("of which color is the stove"),
and in a group no answer is kept more often than all others together, or than LEAST. GQA (Hudson & Manning 2019)
smooths the answers of each group to the same end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leo_agent.data.items import Family, TextItem
from leo_agent.data.made.wording import Wording

QUESTIONS = "questions"  # what the two sets of questions are taken from, in turn
_SETS_OF_QUESTIONS: tuple[tuple[str, Family], ...] = (("scanqa", "scannet"), ("rscan_qa", "3rscan"))
LEAST = 2  # of an answer that are kept in any case: few houses would else have few questions


@dataclass(frozen=True)
class MadeText:
    """A text that may be kept."""

    item: TextItem  # without its words, where there are templates
    groups: tuple[str, ...] = ()  # in which its answer is balanced, one after the other; none: it is kept
    templates: tuple[str, ...] = ()  # of the question
    parts: Mapping[str, str] = field(default_factory=dict)  # that are put into them

    def worded(self, wording: Wording) -> TextItem:
        """The item with its question."""
        return replace(self.item, text=wording.say(self.templates, **self.parts)) if self.templates else self.item


def chosen_items(texts: Mapping[str, Sequence[MadeText]], rng: np.random.Generator) -> dict[str, list[TextItem]]:
    """The items of each set: balanced over all houses, then worded one after the other."""
    wording = Wording(rng)
    kept = {name: balanced(texts[name], rng) for name in sorted(texts)}
    asked = kept.pop(QUESTIONS, [])
    for number, (name, family) in enumerate(_SETS_OF_QUESTIONS):
        of_set = asked[number :: len(_SETS_OF_QUESTIONS)]
        own = kept.get(name, [])  # of scenes whose questions are balanced as they are
        kept[name] = [replace(text, item=replace(text.item, family=family)) for text in of_set] + own
    return {name: [text.worded(wording) for text in kept[name]] for name in sorted(kept)}


def balanced(texts: Sequence[MadeText], rng: np.random.Generator) -> list[MadeText]:
    """Those that are kept, in their order; which of the same answer go is drawn."""
    kept = list(texts)
    for depth in range(max((len(text.groups) for text in texts), default=0)):
        places: dict[str, list[int]] = {}
        for place, text in enumerate(kept):
            if depth < len(text.groups):
                places.setdefault(text.groups[depth], []).append(place)
        gone: set[int] = set()
        for group in sorted(places):
            gone |= _too_many([kept[place] for place in places[group]], places[group], rng)
        kept = [text for place, text in enumerate(kept) if place not in gone]
    return kept


def _too_many(texts: Sequence[MadeText], places: Sequence[int], rng: np.random.Generator) -> set[int]:
    counts = Counter(text.item.answers[0] for text in texts)
    answer, count = counts.most_common(1)[0]
    room = max(counts.total() - count, LEAST)
    same = [place for place, text in zip(places, texts, strict=True) if text.item.answers[0] == answer]
    return {same[int(number)] for number in rng.permutation(count)[room:]}
