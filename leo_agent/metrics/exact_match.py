"""Exact match of answers in words, and its refined form, as LEO scores ScanQA, SQA3D and 3RScan questions.

Both sides are cleaned by the published rules first. `protocol="legacy"` judges as the published evaluator does, for
comparison with published numbers; "corrected" judges by the same idea without that evaluator's three defects:
- an empty answer is contained in every reference and counts as refined-correct;
- containment is looked for in strings without spaces, so that "no" is found in "north";
- the first reference that contains the answer, or is contained in it, decides: an exact match behind it is missed.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from leo_agent.contract.errors import InputError

Protocol = Literal["corrected", "legacy"]

_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
WORD_MAP = {
    "letf": "left",
    "let": "left",
    "tehre": "there",
    "rigth": "right",
    "rght": "right",
    "behine": "behind",
    "tv": "TV",
    "chai": "chair",
    "wasing": "washing",
    "waslked": "walked",
    "oclock": "o'clock",
    "none": "zero",
    **{str(number): word for number, word in enumerate(_NUMBER_WORDS.split())},
    "23": "twenty-three",
}
_ENDS = re.compile("^ +| +$")  # also those before a final line break
_SPACES = re.compile(" {2,}")
_DELETED = re.compile(r"[^a-zA-Z0-9,'\s\-:]")
_WORD = re.compile(r"\w+")
_SPLIT_O_CLOCK = re.compile(r"\bo' +clock\b")
_TRAILING_DIGIT = re.compile(r"\b([a-zA-Z]+)[0-9]\b")
_ARTICLES = tuple(re.compile(rf"\b{article} ([a-zA-Z]+)") for article in ("a", "an", "the"))
_BACKWARDS = re.compile(r"\bbackwards\b")
_SPOKEN = re.compile(r"[a-zA-Z0-9]+(?:['-][a-zA-Z0-9]+)*")


class Match(NamedTuple):
    """How an answer matches its references."""

    em: bool  # equal to one
    refined: bool  # equal to one, or one of the two contains the other


def clean_answer(text: str) -> str:
    """An answer or reference as the published evaluators compare it: the rules in their order.

    1. Lower case; spaces at the ends go, runs of spaces become one.
    2. Every character goes but letters and digits of ASCII, comma, apostrophe, hyphen, colon and white space.
    3. Whole words by WORD_MAP: misspellings, and 0 to 20 and 23 in words; "o' clock" is joined.
    4. A word with one digit at its end loses the digit ("no1").
    5. The articles a, an, the go where one space and a word follow, each kind in one pass; backwards -> backward.

    Cleaning again changes nothing, but for texts in which a later rule makes work for an earlier one. These are kept
    as published: characters that go between or behind spaces leave those ("yes ." -> "yes ", then "yes"); a digit
    that goes uncovers a word of rule 3 ("tv1" -> "tv", then "TV"); of articles of one kind in a row not all go
    ("a a chair" -> "a chair", then "chair"); "o' the clock" -> "o' clock", then "o'clock".

    Source: SQA3D's answer cleaning, as LEO uses it. Its rule for spaces behind a full stop, and those for ç and ’, can
    never apply behind the rules before them.
    """
    text = _SPACES.sub(" ", _ENDS.sub("", text.lower()))
    text = _DELETED.sub("", text)
    text = _WORD.sub(lambda word: WORD_MAP.get(word[0], word[0]), text)
    text = _SPLIT_O_CLOCK.sub("o'clock", text)
    text = _TRAILING_DIGIT.sub(r"\1", text)
    for article in _ARTICLES:
        text = article.sub(r"\1", text)
    return _BACKWARDS.sub("backward", text)


def exact_match(prediction: str, references: Sequence[str], protocol: Protocol = "corrected") -> Match:
    """Judges one answer against the question's right answers, all as they were written.

    "corrected": the order of the references means nothing. An answer without a word is wrong, and a reference without
    a word is matched by none. Refined: the words of one are found, next to each other and in order, among the words
    of the other. Words keep inner apostrophes and hyphens: "three" is not in "twenty-three".

    Raises:
        InputError: no reference, one string in place of a list of them, or an unknown protocol.
    """
    if isinstance(references, str) or not len(references):
        raise InputError(f"references: found {references!r}, expected a list of at least one right answer")
    if protocol not in get_args(Protocol):
        raise InputError(f"protocol: found {protocol!r}, expected one of {', '.join(get_args(Protocol))}")
    judge = _corrected if protocol == "corrected" else _legacy
    return judge(clean_answer(prediction), [clean_answer(each) for each in references])


def _legacy(prediction: str, references: Sequence[str]) -> Match:
    """The first reference that equals the answer, contains it or is contained in it, white space aside, decides."""
    squeezed = "".join(prediction.split())
    for reference in references:
        if prediction == reference:
            return Match(em=True, refined=True)
        other = "".join(reference.split())
        if squeezed in other or other in squeezed:
            return Match(em=False, refined=True)
    return Match(em=False, refined=False)


def _corrected(prediction: str, references: Sequence[str]) -> Match:
    words = _words(prediction)
    if not words.strip():
        return Match(em=False, refined=False)
    if prediction in references:
        return Match(em=True, refined=True)
    others = [other for other in map(_words, references) if other.strip()]
    return Match(em=False, refined=any(words in other or other in words for other in others))


def _words(text: str) -> str:
    """The words of a cleaned text with one space before and behind each, so that only whole words are contained."""
    return f" {' '.join(_SPOKEN.findall(text))} "
