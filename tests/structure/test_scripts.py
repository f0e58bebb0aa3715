"""What nobody imports does not rot: benchmarks, examples, the pictures' scripts and tests import names that exist."""

import ast
import shlex
import subprocess

import pytest

from leo_agent import cli
from tests.structure.sources import ROOT, is_defined, names_imported_by


@pytest.mark.parametrize("folder", ["benchmarks", "docs", "examples", "tests"])
def test_imported_names_exist(folder):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    missing = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in names_imported_by(ast.parse(file.read_text(encoding="utf-8")))
        if name.startswith("leo_agent.") and not is_defined(name)
    }
    assert not missing


def test_the_commands_that_made_leo_nano_parse():
    """As make would run them."""
    done = subprocess.run(
        ["make", "--dry-run", "--assume-old=.venv/.installed", "train-nano"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.replace("\\\n", " ").splitlines() if line.startswith(".venv/bin/leo-agent ")]
    assert len(lines) == 5
    for line in lines:
        _, command, *rest = shlex.split(line)
        cli.command_parser(command).parse_args(rest)
