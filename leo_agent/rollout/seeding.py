"""Seeds that depend on what an episode is, never on when or where it runs."""

import hashlib
import json


def episode_seed(run_seed: int, env_id: str, scene: str | None, episode_id: str) -> int:
    """Seed of one episode in [0, 2**31), the same on every machine, process and Python version.

    Made from these four names alone, so that an episode has the same outcome with 1 worker or 16, in any order and
    after a resume. (`hash(str)` would differ between processes.)
    """
    return derived_seed(run_seed, env_id, scene, str(episode_id))


def derived_seed(*parts: int | str | None) -> int:
    """Stable seed in [0, 2**31) of any tuple of numbers and names."""
    digest = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
