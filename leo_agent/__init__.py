"""Run, score and fine-tune 3D vision-language-action policies: LEO in Habitat ObjectNav and CLIPort worlds.

Joins the worlds (`envs`), the decisions (`policies`) and the record (`episodes`).
"""

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
