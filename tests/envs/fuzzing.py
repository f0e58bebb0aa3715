"""What the tests with damaged files agree on."""

from datetime import timedelta

import numpy as np

# By the wall clock, for one damaged file: reading it for longer counts as a hang. Nothing intact takes a tenth of it.
HANG = timedelta(seconds=5)
HOSTILE = [b"-1", b"0", b"4294967296", b"1e999", b"nan", b"null", b"[]", b"{}", b'"x"', b"..", b"\0", b"\xff" * 4]


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with one to four changes: bytes overwritten, cut out, doubled, or replaced by hostile text."""
    result = bytearray(content)
    # In half of the files one byte alone is another: large damage is all found at the same few places.
    one_byte = rng.random() < 0.5
    for _ in range(1 if one_byte else rng.integers(1, 5)):
        start = int(rng.integers(0, max(len(result), 1)))
        length = 1 if one_byte else int(rng.integers(1, 9))
        kind = 0 if one_byte else rng.integers(6)
        if kind == 0:
            result[start : start + length] = rng.bytes(len(result[start : start + length]))
        elif kind == 1:
            del result[start : start + length]
        elif kind == 2:
            result[start:start] = result[start : start + length]
        elif kind == 3:
            result[start : start + length] = HOSTILE[rng.integers(len(HOSTILE))]
        elif kind == 4:
            # A number of the text becomes a hostile one.
            digits = [place for place in range(len(result)) if 48 <= result[place] < 58]
            if digits:
                place = digits[rng.integers(len(digits))]
                result[place : place + 1] = HOSTILE[rng.integers(len(HOSTILE))]
        elif rng.random() < 0.2:
            del result[start:]
    return bytes(result)
