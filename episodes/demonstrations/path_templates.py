"""Where info.json says that files lie: templates that anybody may have written, and that lead into the dataset."""

import re
import string
from collections.abc import Collection
from pathlib import PurePosixPath

from leo_agent.contract.errors import InputError, shown

_SPEC = re.compile(r"(?:0?[1-9]?d)?")  # such as 03d; a width of a billion would fill the memory


def check_template(template: object, fields: Collection[str], where: str) -> None:
    """Checks a template such as `data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`.

    Raises:
        InputError: it is an absolute path or one with "..", or its fields are others, or look into what is put there.
    """
    expected = f"a path inside the dataset with no other fields than {', '.join(sorted(fields))}"
    if not isinstance(template, str):
        raise InputError(f"{where}: found {shown(template)}, expected {expected}")
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:  # a brace too many
        raise InputError(f"{where}: found {shown(template)} ({error}), expected {expected}") from error
    wrong = any(
        name is not None and (name not in fields or conversion or not _SPEC.fullmatch(spec or ""))
        for _, name, spec, conversion in parts
    )
    if wrong or not is_inside(template):
        raise InputError(f"{where}: found {shown(template)}, expected {expected}")


def is_inside(path: str) -> bool:
    """Whether a relative path cannot lead out of the folder that it is relative to, on any system."""
    pure = PurePosixPath(path.replace("\\", "/"))
    drive = len(path) > 1 and path[1] == ":"
    return not (pure.is_absolute() or drive or ".." in pure.parts or "\0" in path)
