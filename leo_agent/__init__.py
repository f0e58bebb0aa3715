"""Run, score and fine-tune 3D vision-language-action policies: LEO in Habitat ObjectNav and CLIPort worlds.

Joins the worlds (`envs`), the decisions (`policies`) and the record (`episodes`).
"""

import os
from pathlib import Path

import envs
import episodes
import policies

__version__ = "0.1.0"


def _check_siblings() -> None:
    """The names `envs`, `policies` and `episodes` are generic: refuse namesakes from elsewhere."""
    home = Path(__file__).resolve().parent.parent
    for package in (envs, policies, episodes):
        found = Path(package.__file__ or "").resolve().parent
        expected = home / package.__name__
        if found != expected:
            raise ImportError(
                f"the package {package.__name__!r} was found at {found}, but leo_agent needs its own at {expected}; "
                "another installed or local package of that name hides it: remove it or start from another folder"
            )


_check_siblings()

# Torch's threads wait for each other in busy loops by default: beside other work on the same cores, such as the
# environments' processes, a step of leo-nano took 1.3 s instead of 0.05 s. Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
