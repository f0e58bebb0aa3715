"""Words as COCO's evaluation has them: the Penn Treebank's tokens in lower case, without punctuation.

The original is Stanford CoreNLP 3.4.1's PTBTokenizer, which needs Java. These rules are those of English prose; see
docs/metrics.md for how often they agree with it, and on what they do not.
"""

import re

# Tokens that COCO's evaluation leaves out; brackets stay, since their names are in lower case by then.
_PUNCTUATION = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"])
_WRITTEN = {
    **{'"': "''", "\u2013": "--", "\u2014": "--", "\u2026": "...", "\u2019": "'", "\u2018": "`"},
    **{"\u201c": "``", "\u201d": "''"},
    **{"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"},
}
_APOSTROPHE = "['\u2019]"

# Words that keep the full stop behind them.
_TITLES = "mr|mrs|ms|messrs|dr|drs|prof|rev|hon|gen|col|lt|sgt|capt|cmdr|maj|gov|sen|rep|pres|st|mt|sr|jr|ph\\.d"
_OTHERS = (
    "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|fri|"
    "inc|ltd|corp|co|cos|bros|etc|al|vs|est|ed|eds|ext|dept|univ|assn|tel|ave|blvd|rd|ft|ga|cal|calif|okla|"
    "ariz|ark|colo|conn|dak|del|fla|ill|ind|kans?|ky|la|mass|md|mich|minn|miss|mo|mont|neb|nev|pa|penn|tenn|tex|va|"
    "vt|wash|wis|wyo"
)
_BEFORE_NUMBERS = "no|nos|art|fig|figs|pp|p|prop|sec|eq|eqs"

_WORD = r"[^\W\d_][^\W_]*"  # a letter, then letters and digits
_PART = r"[^\W_]+"
# The longest match at a place is the next token, of equally long ones the first: as the original's generated scanner.
_TOKENS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"https?://[^\s\"<>|()]*[^\s\"<>|.,!?;:)('\-]",
        r"www\.(?:[^\W_]+\.)+[a-z]{2,4}(?:/[^\s\"<>|()]*[^\s\"<>|.,!?;:)('\-])?",
        r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+",
        r"</?[a-z!][^>\s]*(?:\s[^>]*)?>",
        r"(?:[a-z]\.){2,}",
        rf"(?:{_TITLES}|{_OTHERS})\.",
        rf"(?:{_BEFORE_NUMBERS})\.(?=\s*\d)",
        r"[a-z]\.(?=\s+[A-Z]|\s*$)",
        r"[-+]?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s)?",
        r"[-+]?\.\d+",
        r"\d{1,4}[-/]\d{1,4}(?:[-/]\d{1,4})?",
        r"\d+(?:[.,]\d+)*-\d+(?:[.,]\d+)*",
        rf"[@#]{_WORD}",
        rf"{_PART}(?:-{_PART})*",
        rf"{_PART}(?:{_APOSTROPHE}{_PART})+",
        rf"{_PART}(?:[&+]{_PART})+",
        rf"{_WORD}(?:-{_PART})*/{_WORD}(?:-{_PART})*(?:/{_WORD}(?:-{_PART})*)?",
        rf"{_WORD}(?:[.!?]{_WORD})+",
        rf"{_APOSTROPHE}(?:s|m|d|re|ll|ve|t)(?![^\W_])",
        rf"{_APOSTROPHE}t(?:is|was)(?![^\W_])",
        r"c(?:\#|\+\+)",
        r"\.{2,}",
        r"-{2,}",
    )
)
# What is said together and parted: a negation or the like behind a word, and two words of old.
_CLITIC = re.compile(rf"(.+?)(n{_APOSTROPHE}t|{_APOSTROPHE}(?:s|m|d|re|ll|ve))", re.IGNORECASE)
_TWO_WORDS = {"cannot": 3, "gonna": 3, "gotta": 3, "wanna": 3, "gimme": 3, "lemme": 3, "'tis": 2, "'twas": 2}


def ptb_words(text: str) -> list[str]:
    """The words of a text."""
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        ends = [match.end() for pattern in _TOKENS if (match := pattern.match(text, place))]
        end = max(ends, default=place + 1)
        found += _parts(text[place:end].lower())
        place = end
    return [token for token in found if token not in _PUNCTUATION]


def _parts(token: str) -> list[str]:
    """A token in lower case as the treebank writes it."""
    if token in _TWO_WORDS:
        return [token[: _TWO_WORDS[token]], token[_TWO_WORDS[token] :]]
    if set(token) == {"."} and len(token) > 1:
        return ["..."]
    if token in ("---", "----"):
        return ["--"]
    if match := _CLITIC.fullmatch(token):
        return [*_parts(match[1]), match[2].replace("\u2019", "'")]
    return [_WRITTEN.get(token, token)]
