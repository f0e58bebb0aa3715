"""CLIPort's numbering of episodes: which seed the k-th of a mode has."""

from leo_agent.contract.errors import InputError

RANDOM_EPISODES = {"train": 1_000_000, "val": 5_000, "test": 1_000_000}


def episode_seed(mode: str, number: int) -> int:
    """The seed of CLIPort's k-th episode: train 2k; val 2k + 1, up to 9999; test 2k + 10001.

    Raises:
        InputError: the mode has no episode of that number.
    """
    if number < 0 or (mode == "val" and number >= RANDOM_EPISODES["val"]):
        raise InputError(f"episode_id: found {number}, expected 0 or more (val: 0 to {RANDOM_EPISODES['val'] - 1})")
    return 2 * number + {"train": 0, "val": 1, "test": 10001}[mode]
