"""Commands are files: found by their names, argparse and nothing else; complaints name options."""

import argparse
import ast
from pathlib import Path

import pytest

from leo_agent import cli, commands

FOLDER = Path(commands.__path__[0])
LIGHT = {"argparse", "collections", "dataclasses", "json", "os", "pathlib", "typing", "leo_agent"}

HELLO = '''\
"""Greet somebody.

More is said here.
"""

from leo_agent.contract.checks import check_whole


def add_arguments(parser):
    parser.add_argument("--times", dest="count", type=int, default=1, help="how often (default: 1)")


def run(args):
    return " ".join(["hello"] * check_whole("count", args.count, 1))
'''


@pytest.fixture
def hello(tmp_path, monkeypatch):
    """A command that was added by one file."""
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "_shared.py").write_text("")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    cli.command_summaries.cache_clear()
    yield
    cli.command_summaries.cache_clear()


def test_a_new_command_is_one_new_file(hello, capsys):
    assert cli.main(["--help"]) == 0
    assert "  hello    Greet somebody\n" in capsys.readouterr().out
    assert cli.main(["hello", "--times", "2"]) == 0
    assert capsys.readouterr().out == "hello hello\n"
    assert cli.main(["hello", "--times", "0"]) == 2
    assert capsys.readouterr().err.startswith("leo-agent hello: error: --times: found 0, expected a whole number")
    assert "_shared" not in cli.command_summaries()


def test_every_file_is_a_command_with_a_summary():
    files = {file.stem for file in FOLDER.glob("[a-z]*.py")}
    assert set(cli.command_summaries()) == files
    assert all(cli.command_summaries().values())


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.stem)
def test_commands_are_argparse_and_nothing_else(file):
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    assert found <= LIGHT


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    made.add_argument("text", nargs="?", metavar="TEXT")
    made.add_argument("--video", dest="videos")
    made.add_argument("--keep-failures", action=argparse.BooleanOptionalAction)
    made.add_argument("--width", type=int)
    made.add_argument("--env-option", action="append", default=[], metavar="KEY=VALUE")
    chosen = made.add_subparsers(dest="action")
    chosen.add_parser("make").add_argument("--count")
    chosen.add_parser("drop").add_argument("--folder")
    return made


@pytest.mark.parametrize(
    ("message", "reported"),
    [
        ("videos: found -1", "--video: found -1"),
        ("keep_failures: found 3", "--keep-failures: found 3"),
        ("text: empty", "TEXT: empty"),
        ("count: found 0", "--count: found 0"),
        ("folder: found 0", "folder: found 0"),  # of the other action
        ("num_points: found 0", "--env-option num_points: found 0"),
        ("num_objects: found 0", "num_objects: found 0"),  # was not given
        ("width: found 0", "--env-option width: found 0"),  # it was not --width
        ("videos are none", "videos are none"),
        ("/tmp/x: no such file", "/tmp/x: no such file"),
    ],
)
def test_a_complaint_about_a_parameter_names_its_option(message, reported):
    made = parser()
    args = made.parse_args(["--env-option", "num_points=0", "--env-option", "width=0", "words", "make"])
    assert cli.named_by_option(message, made, args) == reported
