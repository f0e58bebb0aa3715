"""English for what houses hold: nouns, articles, plurals, numbers, lists."""

from __future__ import annotations

from collections.abc import Sequence

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPOKEN = {  # kinds whose names are not what one says
    "three_seat_sofa": "three-seat sofa",
    "two_seat_sofa": "two-seat sofa",
    "four_leg_table": "four-legged table",
    "legged_desk": "desk with legs",
    "ladder_back_chair": "ladder-back chair",
    "three_leg_stool": "three-legged stool",
    "three_drawer_chest": "three-drawer chest",
    "built_in_tub": "built-in bathtub",
    "clawfoot_tub": "clawfoot bathtub",
    "oval_tub": "oval bathtub",
    "walk_in_shower": "walk-in shower",
    "hooked_jackets": "row of jackets on hooks",
    "hooked_towel": "towel on a hook",
    "railed_towel": "towel on a rail",
    "folded_clothes": "stack of folded clothes",
    "towel_stack": "stack of towels",
    "book_pile": "pile of books",
    "curtain_pair": "pair of curtains",
    "tv_bench": "TV bench",
    "cooker": "stove",
    "close_coupled_toilet": "close-coupled toilet",
    "wall_hung_toilet": "wall-hung toilet",
    "high_cistern_toilet": "toilet with a high cistern",
}
# Where the plural's ending goes: behind the first of these words, else behind the last word.
_HEADS = ("desk", "row", "towel", "stack", "pile", "pair", "toilet")
_SPOKEN_WITH_J = ("uni", "use", "util")  # begin with a vowel alone in writing
_IRREGULAR = {"shelf": "shelves", "bookcase": "bookcases"}


def noun(kind: str) -> str:
    """What an object of a kind is called."""
    return _SPOKEN.get(kind) or kind.replace("_", " ")


def plural(kind: str) -> str:
    """Several of a kind."""
    words = noun(kind).split(" ")
    place = next((n for n, word in enumerate(words) if word in _HEADS and n < len(words) - 1), len(words) - 1)
    words[place] = _several(words[place])
    return " ".join(words)


def _several(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def is_kin(kind: str, other: str) -> bool:
    """Whether another kind could be meant by the name of this one: "television" is also a wall television."""
    words = noun(kind).split(" ")
    return other != kind and noun(other).split(" ")[-len(words) :] == words


def a(phrase: str) -> str:
    """The phrase with its indefinite article."""
    is_vowel = phrase[0].lower() in "aeiou" and not phrase.lower().startswith(_SPOKEN_WITH_J)
    return f"{'an' if is_vowel else 'a'} {phrase}"


def number(count: int) -> str:
    """A number in words up to twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def count_answers(count: int) -> tuple[str, ...]:
    """A number in figures and in words."""
    return str(count), number(count)


def counted(count: int, kind: str) -> str:
    """The kind with its number: one sofa, three chairs."""
    return f"{number(count)} {noun(kind) if count == 1 else plural(kind)}"


def room_noun(function: str) -> str:
    """What a room of a function is called."""
    return function.replace("_", " ")


def listed(parts: Sequence[str]) -> str:
    """Several phrases in a row, with "and" before the last."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """With a capital letter first."""
    return text[0].upper() + text[1:]
