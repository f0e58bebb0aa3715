"""What the documentation shows runs: Python blocks as they stand, `leo-agent` lines at least to the end of parsing."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from leo_agent import cli
from tests.docs.markdown import NOT_RUN, PAGES, ROOT, Block, blocks, page_id

FILE_NAME = re.compile(r"# (?P<name>\w+\.py)(?::.*)?\n")  # how a block begins that is a file of that name
# Blocks that cannot run, by page; each says why in its first line.
NOT_RUN_BLOCKS = {"docs/gymnasium.md": 1, "docs/leo.md": 1}


def python_blocks(page: Path) -> list[Block]:
    return [block for block in blocks(page, "python") if not block.text.startswith(NOT_RUN)]


def pages_with_python() -> list:
    """Those whose blocks make a house are slow."""
    slow = (ROOT / "docs" / "houses.md",)
    return [
        pytest.param(page, id=page_id(page), marks=[pytest.mark.slow] if page in slow else [])
        for page in PAGES
        if python_blocks(page)
    ]


@pytest.mark.parametrize("page", pages_with_python())
def test_python_blocks_run(page, tmp_path):
    """In the page's order, one after the other in one interpreter, in an empty folder that has our tests' data.

    A process of its own, since pages register tasks and policies.
    """
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    code = []
    for block in python_blocks(page):
        named = FILE_NAME.match(block.text)
        if named:
            (tmp_path / named["name"]).write_text(block.text, encoding="utf-8")
        else:
            code.append(f"exec(compile({block.text!r}, {str(block)!r}, 'exec'))")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_blocks_that_do_not_run_are_known():
    found = {
        page_id(page): [
            block.text.splitlines()[0] for block in blocks(page, "python") if block.text.startswith(NOT_RUN)
        ]
        for page in PAGES
    }
    assert {page: len(lines) for page, lines in found.items() if lines} == NOT_RUN_BLOCKS
    assert all(len(line) > len(NOT_RUN) for lines in found.values() for line in lines)


def command_lines(page: Path) -> list[str]:
    """Lines of shell blocks, continued ones joined."""
    joined = [block.text.replace("\\\n", " ") for block in blocks(page, "bash")]
    return [line for text in joined for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("page", [page for page in PAGES if command_lines(page)], ids=page_id)
def test_command_lines_parse(page):
    for line in command_lines(page):
        words = shlex.split(line, comments=True)
        if words[:1] == ["leo-agent"]:
            command, *rest = words[1:]
            cli.command_parser(command).parse_args(rest)  # leaves with a complaint where it does not know an option


@pytest.mark.parametrize("page", [page for page in PAGES if command_lines(page)], ids=page_id)
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in command_lines(page):
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word} <= targets, line
