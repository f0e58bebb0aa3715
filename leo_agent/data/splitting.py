"""Long captions in parts, as LEO trains on them: each part begins with the caption's first sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from leo_agent.data.items import TextItem

MOST_CHARACTERS = 1066  # int(256 / 0.24): 256 tokens at 0.24 tokens a character, as LEO's code estimates them
_SENTENCE = re.compile(r"(?<=\.)\s+")
_CAPTIONS = ("object-caption", "scene-caption")


def split_caption(caption: str, most_characters: int = MOST_CHARACTERS) -> list[str]:
    """The caption, or, if it is longer, parts of whole sentences up to that length; a sentence too long stays whole.

    LEO's code also writes short captions anew, so that "A brown chair." becomes "A brown chair.. ": texts stay as they
    are here.
    """
    if len(caption) <= most_characters:
        return [caption]
    first, *others = _SENTENCE.split(caption.strip())
    parts: list[str] = []
    part = first
    for sentence in others:
        if len(part) + 1 + len(sentence) > most_characters and part != first:
            parts.append(part)
            part = first
        part = f"{part} {sentence}"
    return [*parts, part]


def training_items(items: Iterable[TextItem]) -> Iterator[TextItem]:
    """The texts with long captions in parts; others as they are."""
    for item in items:
        if item.task not in _CAPTIONS or all(len(answer) <= MOST_CHARACTERS for answer in item.answers):
            yield item
            continue
        parts = [part for answer in item.answers for part in split_caption(answer)]
        for number, part in enumerate(parts):
            yield replace(item, id=f"{item.id}-part{number}", answers=(part,))
