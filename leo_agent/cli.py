"""The command `leo-agent`: finds the sub-command, turns wrong input into one line, prints."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

# Sub-command: module with add_arguments(parser) and run(args) -> text to print or None; and what it does.
# Modules are imported only when asked for, so that help is fast.
COMMANDS = {
    "rollout": ("leo_agent.rollout.run", "run a policy in an environment and record every episode"),
    "collect": ("leo_agent.rollout.collect", "record demonstrations labelled by the expert as a LeRobot v3 dataset"),
    "train": ("leo_agent.train", "train a LEO policy on demonstrations"),
    "chat": ("leo_agent.chat.chat", "ask a LEO model about a scene, one question or a conversation"),
    "scenes": (
        "leo_agent.commands.scenes",
        "make procedural houses with ObjectNav episodes, as a Habitat scene dataset",
    ),
    "score": ("leo_agent.results.score", "print one table of run folders, with intervals, beside published numbers"),
    "report": ("leo_agent.results.report", "write report.html of run folders: scores, pictures, every episode"),
    "weights": ("leo_agent.commands.weights", "count the parameters of LEO models, and import published weights"),
    "doctor": ("leo_agent.commands.doctor", "tell versions, devices, renderers and optional backends"),
    "envs": ("leo_agent.commands.envs", "list the environments with their splits and options"),
}
EXIT_WRONG_INPUT, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 2, 130, 141


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Adds the default to every help text that does not tell it itself; leaves what stands around the options as is."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text = action.help or ""
        if action.option_strings and "default" not in text and "required" not in text and action.nargs != 0:
            return f"{text} (default: %(default)s)"
        return text


class Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_WRONG_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; gives the exit code: 0, 2 for wrong input, 130 after Ctrl-C."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command, rest = _command(given)
        return _run(command, rest)
    except SystemExit as leaving:  # argparse: help, version, or a complaint already printed
        return leaving.code if isinstance(leaving.code, int) else EXIT_WRONG_INPUT
    except BrokenPipeError:  # the reader of our output, say `head`, has gone; Python would complain at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _command(given: Sequence[str]) -> tuple[str, list[str]]:
    from leo_agent import __version__

    listed = "\n".join(f"  {name:9}{text}" for name, (_, text) in COMMANDS.items())
    parser = Parser(
        prog="leo-agent",
        description="Run, score and fine-tune 3D vision-language-action policies.",
        epilog=f"commands:\n{listed}\n\n'leo-agent COMMAND --help' tells the options of a command.",
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
    if parsed.command not in COMMANDS:
        parser.error(f"unknown command {parsed.command!r}; expected one of {', '.join(COMMANDS)}")
    return parsed.command, parsed.rest


def command_parser(command: str) -> argparse.ArgumentParser:
    """The parser of one sub-command."""
    module_name, text = COMMANDS[command]
    parser = Parser(prog=f"leo-agent {command}", description=text, formatter_class=HelpFormatter)
    importlib.import_module(module_name).add_arguments(parser)
    return parser


def _run(command: str, rest: Sequence[str]) -> int:
    from leo_agent.contract.errors import InputError

    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("leo_agent").setLevel(logging.INFO)
    args = command_parser(command).parse_args(rest)
    try:
        output = importlib.import_module(COMMANDS[command][0]).run(args)
    except InputError as problem:
        # One line, and the commands of a way out, which are indented, a line each.
        text = "\n  ".join(" ".join(part.split()) for part in str(problem).split("\n  "))
        print(f"leo-agent {command}: error: {text}", file=sys.stderr)
        return EXIT_WRONG_INPUT
    if output:
        print(output, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
