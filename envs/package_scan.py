"""What a package registers: its modules are all imported, so that one new file is found, and a name is taken once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

from leo_agent.contract.errors import InputError


@cache
def import_modules(package_name: str) -> None:
    """Import every module of the package and of its subpackages; a folder is looked at once a process."""
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        name = f"{package_name}.{module.name}"
        importlib.import_module(name)
        if module.ispkg:
            import_modules(name)


def check_free(entry: str, new: Any, find: Callable[[], Any], package_name: str) -> None:
    """Checks that a name may be registered: anew, or by the same function or class once more (as in a reload).

    Args:
        entry: how a complaint calls it, such as "measure spl".
        new: the function or class that is registered.
        find: gives the one that has the name already, or None.
        package_name: whose modules register by themselves; they are imported first, so that their names are known.

    Raises:
        InputError: another one has the name.
    """
    if not new.__module__.startswith(f"{package_name}."):
        import_modules(package_name)
    known = find()
    if known is not None and place(known) != place(new):
        raise InputError(f"{entry}: found {place(new)}, but it is {place(known)} already")


def place(registered: Any) -> str:
    """Where a function or class is defined."""
    return f"{registered.__module__}.{registered.__qualname__}"
