"""Finds the inner packages in a checkout, where they lie beside this folder and not in it.

An installed leo_agent holds `envs`, `policies` and `episodes` as folders of its own (`package_dir` in setup.py) and
needs none of this. Putting the repository's root into `leo_agent.__path__` would do the same in one line, but make
`leo_agent.setup`, `leo_agent.tests` and a second `leo_agent.leo_agent` importable, in whose depths
`pkgutil.walk_packages` never comes to an end.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

INNER_PACKAGES = ("leo_agent.envs", "leo_agent.policies", "leo_agent.episodes")
_ROOT = Path(__file__).parent.parent


class CheckoutFinder:
    """A finder of `sys.meta_path` that knows `INNER_PACKAGES` and nothing else."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(fullname, [str(_ROOT)], target) if fullname in INNER_PACKAGES else None


def find_inner_packages() -> None:
    """Has the inner packages found beside this folder, unless they lie in it.

    First in `sys.meta_path`: an editable install of another checkout has a finder there too.
    """
    if not (Path(__file__).parent / "envs").is_dir() and CheckoutFinder not in sys.meta_path:
        sys.meta_path.insert(0, CheckoutFinder)
