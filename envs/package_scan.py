"""Imports all modules of a package, so that what they register can be found: a new thing is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache


@cache
def import_modules(package_name: str) -> None:
    """Import every module of the package and of its subpackages; a folder is looked at once a process."""
    package = importlib.import_module(package_name)
    for module in pkgutil.iter_modules(package.__path__):
        name = f"{package_name}.{module.name}"
        importlib.import_module(name)
        if module.ispkg:
            import_modules(name)
