"""Modules of the user's own, which register what is to be used or hold it: `module:name`."""

import importlib
import os
import sys
import traceback
from types import ModuleType

from leo_agent.contract.errors import InputError, shown


def import_user_module(module_name: str, told: str) -> ModuleType:
    """A module on Python's path or in the working folder, where console scripts do not look by themselves.

    Args:
        module_name: with dots, as in an import.
        told: how a complaint begins, such as "policy 'mine:Walker'".

    Raises:
        InputError: there is none, or its code failed (with the line).
    """
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise InputError(f"{told}: {shown(module_name)} is not the name of a module; expected one before the colon")
    try:
        return _import_from_here(module_name)
    except ModuleNotFoundError as error:
        raise InputError(f"{told}: no module named {error.name!r} in {os.getcwd()} or on the path") from error
    except InputError:
        raise
    except Exception as error:  # a user's code may raise anything
        raise InputError(f"{told}: importing {module_name} failed: {error_with_line(error)}") from error


def error_with_line(error: Exception) -> str:
    """An exception of a user's code and the innermost line it came from, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {error} (at {frames[-1].filename}:{frames[-1].lineno})"


def _import_from_here(module_name: str) -> ModuleType:
    here = os.getcwd()
    if here in sys.path or "" in sys.path:
        return importlib.import_module(module_name)
    sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    finally:
        sys.path.remove(here)
