"""Episodes by number: CLIPort's seeds of each mode."""

from __future__ import annotations

import numpy as np

from leo_agent.contract.errors import InputError, shown

RANDOM_EPISODES = {"train": 1_000_000, "val": 5_000, "test": 1_000_000}
MAX_EPISODE_DIGITS = 18


def episode_seed(mode: str, number: int) -> int:
    """The seed of CLIPort's k-th episode: train 2k; val 2k + 1, up to 9999; test 2k + 10001.

    Raises:
        InputError: the mode has no episode of that number.
    """
    if number < 0 or (mode == "val" and number >= RANDOM_EPISODES["val"]):
        raise InputError(f"episode_id: found {number}, expected 0 or more (val: 0 to {RANDOM_EPISODES['val'] - 1})")
    return 2 * number + {"train": 0, "val": 1, "test": 10001}[mode]


def episode_number(wanted: object, mode: str, rng: np.random.Generator) -> int:
    """The number that an `episode_id` says; a random one of the mode for None.

    Raises:
        InputError: it is no number.
    """
    if wanted is None:
        return int(rng.integers(RANDOM_EPISODES[mode]))
    text = shown(wanted).strip("'")
    if isinstance(wanted, bool) or not text.isascii() or not text.isdigit() or len(text) > MAX_EPISODE_DIGITS:
        raise InputError(f"episode_id: found {shown(wanted)}, expected a number 0, 1, 2, …")
    return int(text)
