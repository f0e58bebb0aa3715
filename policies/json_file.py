"""Reads the JSON files that stand beside weights and scenes."""

import json
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError


def read_json(path: Path, expected: str) -> Any:
    """The value in a file of JSON.

    Args:
        path: of the file.
        expected: what should be there, for error messages.

    Raises:
        InputError: the file is missing, cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing; expected {expected}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected {expected}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({str(error)[:100]}); expected {expected}") from error
