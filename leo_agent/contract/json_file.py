"""Reads JSON that anybody may have written, `.json` and `.json.gz`: bounded in time and memory, one-line errors."""

import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any

from leo_agent.contract.errors import InputError, shown
from leo_agent.contract.files import read_file

MAX_JSON_BYTES = 2**29
"""Of a document, unpacked. The largest that are published, ObjectNav's episodes of a scene, have a tenth of that."""
MAX_DEPTH = 100
"""Of lists and objects in each other: whoever walks through a value that was read does not run out of stack."""
_PROBLEM_CHARACTERS = 100
_GZIP = b"\x1f\x8b"


def read_json(path: str | Path, expected: str = "a JSON file", limit_bytes: int = MAX_JSON_BYTES) -> Any:
    """The value in a file of JSON, which may be packed by gzip whatever its name.

    Args:
        path: of the file.
        expected: what should be there, for error messages.
        limit_bytes: a longer document is refused.

    Raises:
        InputError: the file is missing, no regular file, too long, no gzip file, or not JSON.
    """
    path = Path(path)
    content = read_file(path, expected, limit_bytes)
    is_plain = content.lstrip()[:1] in (b"{", b"[")
    if content.startswith(_GZIP) or (path.suffix == ".gz" and not is_plain):
        content = _unpacked(content, path, expected, limit_bytes)
    return parse_json(content, str(path), expected)


def read_json_object(
    path: str | Path, expected: str = "a JSON object", limit_bytes: int = MAX_JSON_BYTES
) -> dict[str, Any]:
    """As `read_json`, a dictionary.

    Raises:
        InputError: also that the value is none.
    """
    value = read_json(path, expected, limit_bytes)
    if not isinstance(value, dict):
        raise InputError(f"{path}: found {shown(value)}, expected {expected}")
    return value


def parse_json(content: bytes, where: str, expected: str = "JSON") -> Any:
    """The value of a document of JSON.

    Args:
        content: in UTF-8, UTF-16 or UTF-32, also with a byte order mark.
        where: what it is called in error messages, such as the path of the file.
        expected: what should be there, for error messages.

    Raises:
        InputError: it is not JSON, is nested too deep, or holds half a character, which nobody could print.
    """
    try:
        text = content.decode(json.detect_encoding(content))
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:  # escapes of a character's two halves, of which one may be missing
            json.dumps(value, ensure_ascii=False).encode()
        if _is_deeper(value, MAX_DEPTH):
            raise ValueError(f"nested more than {MAX_DEPTH} deep")
    except (ValueError, RecursionError) as error:  # ValueError: also numbers of thousands of digits
        problem = " ".join(str(error).split())[:_PROBLEM_CHARACTERS]
        raise InputError(f"{where}: not JSON ({problem}), expected {expected}") from error
    return value


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _unpacked(content: bytes, path: Path, expected: str, limit_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(limit_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a complete gzip file ({error}), expected {expected}") from error
    if len(unpacked) > limit_bytes:
        raise InputError(f"{path}: unpacks to more than {limit_bytes} bytes, expected {expected}")
    return unpacked
