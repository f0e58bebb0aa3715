"""Reads files that may be anything, and writes them whole or not at all; one-line errors.

What is written lies beside its place under a dotted name, `.NAME.PROCESS`, until it is whole. A killed process leaves
it there; `remove_left_over` takes it away.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from leo_agent.contract.errors import InputError, OutputError, reason

MAX_FILE_BYTES = 2**31
"""Of a file that is read into memory at once, where a reader has no limit of its own."""
DIGITS = 16
"""Of a hash as it is recorded."""
_BLOCK_BYTES = 1 << 20
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
# The names of what is written aside; only endings of files that this package writes, so that nobody's own are taken.
_ASIDE = re.compile(r"\..+\.(?:html|json|jsonl|mp4|parquet)\.(\d{1,9})")


def check_file(path: str | Path, expected: str) -> Path:
    """The path of a regular file, or of a link to one, that can be read: for libraries that open it themselves.

    They would wait for ever at a named pipe, and read a device without end.

    Args:
        path: of the file.
        expected: what should be there, for error messages.

    Raises:
        InputError: there is none, it is something else, or it may not be read.
    """
    os.close(_opened(Path(path), expected))
    return Path(path)


def read_file(path: str | Path, expected: str, limit_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file, or of a link to one.

    Args:
        path: of the file.
        expected: what should be there, for error messages.
        limit_bytes: a longer file is refused before it is read; a sparse one costs nothing to make.

    Raises:
        InputError: there is none, it is something else, too long, or it cannot be read.
    """
    path = Path(path)
    with os.fdopen(_opened(path, expected), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit_bytes:
            raise InputError(f"{path}: found {size} bytes, expected {expected}, at most {limit_bytes} bytes")
        try:
            return file.read(size)  # a file that grows meanwhile is read as it was
        except (OSError, MemoryError) as error:
            raise InputError(f"{path}: {reason(error)}, expected {expected}") from error


def short_hash(content: bytes) -> str:
    """Of bytes."""
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def hash_files(paths: Iterable[Path], settings: bytes = b"") -> str:
    """Of files by their names and contents, wherever they lie; every byte is read (size and time are no content).

    Args:
        paths: of the files, in any order.
        settings: what else counts.

    Raises:
        InputError: a file cannot be read.
    """
    digest = hashlib.sha256(settings)
    for path in sorted(set(paths), key=lambda each: (each.name, str(each))):
        check_file(path, "a file of the dataset")
        digest.update(f"\0{path.name}\0{path.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()[:DIGITS]


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """An OSError inside becomes one line about the path.

    Raises:
        OutputError: in the place of the OSError, such as that the disk is full.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({reason(error)})") from error


def aside_of(path: Path) -> Path:
    """Where a file is written before it is renamed to its place."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def write_file(path: Path, content: bytes) -> None:
    """Writes a file beside its place and renames it: a crash leaves the old one or the new one, on the disk.

    Raises:
        OutputError: it cannot be written; the old one is as it was, and nothing is left beside it.
    """
    aside = aside_of(path)
    with writing(path):
        try:
            with open(aside, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise


def remove_left_over(folder: Path) -> None:
    """Removes, anywhere in a folder, the files that processes had written aside when they were killed."""
    for path in folder.rglob(".*"):
        name = _ASIDE.fullmatch(path.name)
        if name and not _is_alive(int(name[1])) and path.is_file():
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _opened(path: Path, expected: str) -> int:
    """A descriptor of the file. What it is can be asked without a race only once it is open."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise InputError(f"{path}: {reason(error)}, expected {expected}") from error
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    kind = next((name for test, name in _KINDS if test(mode)), "no regular file")
    raise InputError(f"{path}: found {kind}, expected {expected}")
