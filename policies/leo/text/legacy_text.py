"""The published way to write actions: as the characters of the last pieces of LLaMA's vocabulary, read and written.

Only for texts and checkpoints of others: our own actions are token ids (see action_tokens), never text. Characters and
parsing are those of the LEO paper's code, where the tokenizer's own piece stands for each action.
"""

import re
from collections.abc import Sequence
from functools import cache

from leo_agent.contract.errors import InputError
from leo_agent.policies.leo.text.action_tokens import (
    NAVIGATION_ACTIONS,
    NUM_ACTION_TOKENS,
    TABLETOP_BLOCKS,
)

# Code points in the order of the action indices, that is of LLaMA's ids from 31999 down.
_CODE_POINTS = """
7ED9 5F18 6536 C655 9EC3 8FD8 8FB9 3079 3052 1F40 BC31 6CF0 C5ED 8054 602A 5947 26F 756A 6B62 D569 624D 10E4 4E24
BA85 623F 5019 C7AC AD50 9060 8A08 6545 4E01 E0D C74C 9032 E29 BC14 BAA8 5609 53CC 4E9B 30E8 1EC3 D1E 8D25 8336 D68C
6D32 6BCF C6D4 6599 6885 6DF1 1E0F BC29 6548 5BFC 112 C911 B0B4 821E 307B 120 FF11 5FAE 1793 702C 5510 52A9 C885 2C7
73FE 925 1D4DD D0C0 5C45 1D49 101E D37 10B 10DE DC0 DB8 5220 5BA2 5174 D36 662D 5458 4EEE 30C 53CD 3050 ACFC 88C5
64CD 8FDE 7C73 6784 4E66 2964 5F66 1E33 FB1 C2DD 8FD0 79CD 4A1 30D 275 D26 9879 8CB4 6D1E 5DF4 46B 9054 4E48 202D
64B 2593 2DA 98DB 982D 5B5D 1EF1 388 178 8AD6 126 7EA2 5E84 519B 1F7A D9A 9CB 5065 9648 CB0 6BE 901F 6E21 A3F D130
98DF 83DC 6C60 8BDD 6D4B 6EAA 1780 62F3 96C5 9EBB 9CE5 8D8A 7532 1EF3 5E0C 276F 671B 975E 2207 7D22 786E 3080 BA8
3CA 5854 8FD1 7FA4 10EA 39E B9CC 9280 65AF 559C D559 93C 9B3C 6837 4E38 CC28 566 885B 5C14 5742 8A71 770B 590D BB1
D0E C4D 4CF 15D B4E4 53F3 1E37 103C 71D 11A 8FBE 1EEF E13 7F16 2E0 2DC 5289 5224 57A AC1C 9686 8BD5 5909 544A 4E91
162 3076 C528 5EA7 2796 1FB6 450 964 1015 AC15 7D93 2097 22A4 8A2D 1F18 51FB 4E32 2237 3005 26B 6BCD 5E78 305A 5E3
6731 5E97 5207 4E13 1EF9 B0A8 5CA9 1E6F 8BE5 96F2 6865 137 BA74 B2E8 9519 5FE0 28E 116 7F85 6CA2 697D 273F C6A9 BC15
9ED8 C548 518D 906 96EA 5BCC 4E1A 9673 822A 1F38 12F C704 101B 8DB3 52DD 577 308 30BC 9B9 BB34 BB3 6A39 660C DCF
7D50 8349 7AF9 179F 85CF 3075 F63 6D3B 5B88 5740 79C0 5E93 AD70 89AA 5FA1 5948 6301 5B98 10D6 9023 A38 2153 4ED8
9996 8EAB 9B6 79F0 306D 65AD 8D64 2705 D604 7535 948 329 667A 7EDF 5F15 2102 1E2A 5E5 291 8282 1F75 916 5E76 997 7EC
54D ABE 5225 5175 604B 95EE 767A 6253 5C40 5C4B 82E5 6F22 5DE6 4EE4 95E8 6C17 5B9D D7B 1EE3 F7A F58 7D00 5FC5 6362
8BF4 D7D 6CC9 DBB 80B2 FFFC 4ECB 573A 5C3E 1E93 51FD 21D4 6238 2563 D7E 7BA1 CCD 3054 3086 1EE5 5F71 79FB 63A7 4E50
6280 F53 6001 5BBF 5171 9875 DB1 FF1B ADF8 95A2 7D20 A30 D638 8449 F74 7701 5C55 1F21 2C6 9898 9C0 4ECE 6C49 5922
2375 6309 2587 2503 8ECA 2209 D7C 5934 FF0D BBFC 8056 6B7B 601D C138 5EB7 2206 544 331 8F93 6D2 B144 56E0 79CB 89C6
179A 5E7F 7B97 696D CC9C 9078 5340 1010 6BB5 8D77 53EA 1EE7 9D 581 9ED2 9BC 50CF 2282 5E2B 5904 E18 968A 9001 1F51
62C9 663E 652F 6A5F 7403 6DFB 99C C9C4 4E07 6D0B C720 7EBF 72B6 9A6C 6CE2 211A C694 8F7D 5B9F 30E6 2016 60F3 10E
670D 5831 1E7 B97C 7136 2D30 1F31 279 99 2609 514B 9244 1E6C 4F8B 8001 8BED 5F35 5B87 4F55 30DA 302 207F 102D 584
6E56 666F 1F30D B4DC 2219 9EC4 1EB 1E28 570 BE44 2297 DD2 68EE 2508 4ECA BAF 8D85 5199 3010 2E2E 6C99
"""
PIECES = tuple(chr(int(code, 16)) for code in _CODE_POINTS.split())

# What the table of the published code holds in place of four of the characters.
UPSTREAM_STRINGS = {118: r"\u202d", 312: " \u8eab", 444: r"\x9d", 487: r"\x99"}


def encode(indices: Sequence[int], upstream: bool = False) -> str:
    """The characters of action indices, without separators.

    Args:
        indices: any action indices.
        upstream: with the four wrong strings of the published table, as its training data have them.

    Raises:
        InputError: an index is none of an action.
    """
    for index in indices:
        if not 0 <= index < NUM_ACTION_TOKENS:
            raise InputError(f"action index: found {index}, expected 0 to {NUM_ACTION_TOKENS - 1}")
    table = _table(upstream)
    return "".join(table[index] for index in indices)


def decode_navigation(text: str) -> int | None:
    """Action index of a text that is, but for spaces around it, one navigation action; None for any other."""
    index = _index_of(False).get(text.strip())
    return index if index is not None and index < len(NAVIGATION_ACTIONS) else None


def decode_tabletop(text: str, upstream: bool = False) -> tuple[int, ...] | None:
    """Six action indices u, v, yaw of the pick, then of the place, or None where the published evaluator finds none.

    The text is stripped and scanned from the left: at each place the longest string of the table counts, and what is
    no such string is skipped. There have to be exactly six, of the right kinds.

    Args:
        text: an answer.
        upstream: the table has the four wrong strings; u = 304, which begins with a space, is then lost as the first
            of an answer.
    """
    found = _scanner(upstream).findall(text.strip())
    if len(found) != len(TABLETOP_BLOCKS):
        return None
    indices = tuple(_index_of(upstream)[each] for each in found)
    fits = all(index in block.indices for index, block in zip(indices, TABLETOP_BLOCKS, strict=True))
    return indices if fits else None


@cache
def _table(upstream: bool) -> tuple[str, ...]:
    wrong = UPSTREAM_STRINGS if upstream else {}
    return tuple(wrong.get(index, piece) for index, piece in enumerate(PIECES))


@cache
def _index_of(upstream: bool) -> dict[str, int]:
    return {string: index for index, string in enumerate(_table(upstream))}


@cache
def _scanner(upstream: bool) -> re.Pattern[str]:
    tabletop = _table(upstream)[len(NAVIGATION_ACTIONS) :]
    longer = sorted((each for each in tabletop if len(each) > 1), key=len, reverse=True)
    single = "".join(each for each in tabletop if len(each) == 1)
    return re.compile("|".join([*map(re.escape, longer), f"[{re.escape(single)}]"]))
