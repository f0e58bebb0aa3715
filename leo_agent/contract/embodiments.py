"""The embodiments there are, and the one that a dataset's action vector belongs to."""

from collections.abc import Sequence

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.navigation import NavigationEmbodiment
from leo_agent.contract.tabletop import TabletopEmbodiment

EMBODIMENTS: dict[str, type[Embodiment]] = {each.name: each for each in (NavigationEmbodiment, TabletopEmbodiment)}


def embodiment_of_actions(action_names: Sequence[str]) -> Embodiment:
    """The embodiment, as it is by default, whose action vector has these component names.

    Raises:
        InputError: there is none.
    """
    for kind in EMBODIMENTS.values():
        if tuple(action_names) in (kind.action_names, kind.former_action_names):
            return kind()
    expected = " or ".join(f"{kind.action_names[0]}, … ({name})" for name, kind in EMBODIMENTS.items())
    raise InputError(f"action names: found {shown(list(action_names))}, expected {expected}")
