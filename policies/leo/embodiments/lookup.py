"""Finds LEO's side of an embodiment."""

import importlib
import pkgutil

from leo_agent.contract.embodiment import Embodiment
from leo_agent.contract.errors import InputError
from leo_agent.policies.leo import embodiments
from leo_agent.policies.leo.embodiments.base import REGISTERED, LeoEmbodiment


def leo_embodiment(embodiment: Embodiment) -> LeoEmbodiment:
    """LEO's side of it, by its name.

    Raises:
        InputError: LEO has none (those that it has are listed).
    """
    if embodiment.name not in REGISTERED:
        for module in pkgutil.iter_modules(embodiments.__path__):
            importlib.import_module(f"{embodiments.__name__}.{module.name}")
    if embodiment.name not in REGISTERED:
        raise InputError(f"embodiment: found {embodiment.name}, LEO acts as {' or '.join(sorted(REGISTERED))}")
    return REGISTERED[embodiment.name](embodiment)
