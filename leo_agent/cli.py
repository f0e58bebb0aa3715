"""The command `leo-agent`: finds the sub-command, turns wrong input into one line, prints."""

import argparse
import ast
import contextlib
import errno
import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn, Protocol, cast

from leo_agent import commands
from leo_agent.commands import Unsuccessful

EXIT_WRONG_INPUT, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 2, 130, 141
EXIT_SIGNAL = 128  # and the signal's number, as shells have it
# What a full or forbidden disk answers, wherever it was written to.
_DISK_PROBLEMS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


class Command(Protocol):
    """What a module of `leo_agent.commands` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares the command's options."""

    def run(self, args: argparse.Namespace) -> "str | Unsuccessful | None":
        """Runs the command; returns the text to print, if any."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Adds the default to every help text that does not state it; leaves what stands around the options as is."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text = action.help or ""
        if action.option_strings and "default" not in text and "required" not in text and action.nargs != 0:
            return f"{text} (default: %(default)s)"
        return text


class Parser(argparse.ArgumentParser):
    """Reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        """Ends the program."""
        self.exit(EXIT_WRONG_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; returns the exit code.

    0, 1 for a run that scored no episode, 2 for wrong input or a full disk, 130 after Ctrl-C, 143 after SIGTERM, 129
    after SIGHUP.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        name, rest = _command(given)
        return _run(name, rest)
    except SystemExit as leaving:  # argparse: help, version, or an error already printed
        return leaving.code if isinstance(leaving.code, int) else EXIT_WRONG_INPUT
    except BrokenPipeError:  # the reader of our output, say `head`, has gone
        _silence_failed_output()
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt as interrupt:
        from leo_agent.contract.interrupts import Terminated

        with contextlib.suppress(OSError):  # a terminal that hung up
            print("interrupted", file=sys.stderr)
        return EXIT_SIGNAL + interrupt.signal_number if isinstance(interrupt, Terminated) else EXIT_INTERRUPTED


@cache
def command_summaries() -> dict[str, str]:
    """Name and summary of every command; the files are read, not imported, so that help is fast."""
    texts = {
        module.name: ast.get_docstring(ast.parse(Path(folder, f"{module.name}.py").read_text(encoding="utf-8")))
        for folder in commands.__path__
        for module in pkgutil.iter_modules([folder])
        if not module.name.startswith("_")
    }
    return {name: (text or "").partition("\n")[0].rstrip(".") for name, text in sorted(texts.items())}


def _command(given: Sequence[str]) -> tuple[str, list[str]]:
    from leo_agent import __version__

    summaries = command_summaries()
    listed = "\n".join(f"  {name:9}{text}" for name, text in summaries.items())
    parser = Parser(
        prog="leo-agent",
        description="Run, score and fine-tune 3D vision-language-action policies.",
        epilog=f"commands:\n{listed}\n\n'leo-agent COMMAND --help' lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="leo-agent [--help] [--version] COMMAND ...",
    )
    parser.add_argument("--version", action="version", version=f"leo-agent {__version__}")
    parser.add_argument("command", metavar="COMMAND", nargs="?", help="one of the commands below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parsed = parser.parse_args(given)
    if parsed.command is None:
        parser.print_help()
        parser.exit(EXIT_WRONG_INPUT)
    if parsed.command not in summaries:
        parser.error(f"unknown command {parsed.command!r}; expected one of {', '.join(summaries)}")
    return parsed.command, parsed.rest


def _module(name: str) -> Command:
    return cast(Command, importlib.import_module(f"{commands.__name__}.{name}"))


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of one sub-command."""
    parser = Parser(prog=f"leo-agent {name}", description=command_summaries()[name], formatter_class=HelpFormatter)
    _module(name).add_arguments(parser)
    return parser


def _run(name: str, rest: Sequence[str]) -> int:
    from leo_agent.contract.errors import InputError

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("leo_agent").setLevel(logging.INFO)
    parser = command_parser(name)
    args = parser.parse_args(rest)
    try:
        output = _module(name).run(args)
        if output:
            print(output, flush=True)
    except InputError as problem:
        # One line, and the commands of a way out, which are indented, a line each.
        text = "\n  ".join(" ".join(part.split()) for part in str(problem).split("\n  "))
        print(f"leo-agent {name}: error: {named_by_option(text, parser, args)}", file=sys.stderr)
        return EXIT_WRONG_INPUT
    except OSError as problem:
        if problem.errno not in _DISK_PROBLEMS:
            raise
        where = f"{problem.filename}: " if problem.filename else ""
        _silence_failed_output()
        print(f"leo-agent {name}: error: {where}{problem.strerror or problem}", file=sys.stderr)
        return EXIT_WRONG_INPUT
    return output.exit_code if isinstance(output, Unsuccessful) else 0


def _silence_failed_output() -> None:
    """Where it is the output that failed: Python would try to write the rest at its exit, and complain once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def named_by_option(message: str, parser: argparse.ArgumentParser, args: argparse.Namespace) -> str:
    """An error about a parameter as one about the option that sets it: `workers: …` becomes `--workers: …`.

    The library's messages begin with the name of a parameter and a colon; an option's `dest` is that name. A key that
    was given in an option of KEY=VALUE is named with it: `num_points: …` becomes `--env-option num_points: …`.
    """
    parameter, colon, rest = message.partition(":")
    if not colon:
        return message
    actions = list(_actions(parser, args))
    for action in (each for each in actions if each.metavar == "KEY=VALUE"):
        if parameter in [text.partition("=")[0] for text in getattr(args, action.dest)]:
            return f"{_option_name(action)} {message}"
    for action in actions:
        if action.dest == parameter:
            return f"{_option_name(action)}:{rest}"
    return message


def _option_name(action: argparse.Action) -> str:
    return action.option_strings[0] if action.option_strings else str(action.metavar)


def _actions(parser: argparse.ArgumentParser, args: argparse.Namespace) -> Iterator[argparse.Action]:
    """The options of a parser and of the sub-parser that was chosen (argparse has no public list of them)."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            chosen = action.choices[getattr(args, action.dest)]
            yield from _actions(chosen, args)


if __name__ == "__main__":
    sys.exit(main())
