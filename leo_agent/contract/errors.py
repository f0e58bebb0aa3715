"""What is raised for wrong input anywhere in this project: a message fit to be shown to the user as it is."""

SHOWN_CHARACTERS, REASON_CHARACTERS = 100, 200


class InputError(ValueError):
    """A file, parameter or name is wrong.

    The message names the thing, what was found and what was expected. It speaks of parameters (`workers: found 0,
    expected at least 1`); the command line adds the option's name. It is one line, also where it repeats the name of a
    file, or a library's words, of several.
    """

    def __init__(self, message: str):
        super().__init__(" ".join(message.splitlines()))


class NotInstalledError(InputError):
    """What is asked for needs a package that is not there; the commands that bring it follow the one line.

    Args:
        message: the line.
        commands: lines to be typed.
    """

    def __init__(self, message: str, commands: str = ""):
        super().__init__(message)
        self.commands = commands

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.commands}"


class OutputError(InputError):
    """A file cannot be written: the disk is full, or the place forbids it. Whatever comes next would fail, too."""


def reason(error: BaseException) -> str:
    """What an error of the system or of a library says, in one short line; its type where it says nothing."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    text = (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split())
    return text[:REASON_CHARACTERS] or type(error).__name__


def shown(value: object) -> str:
    """A value in one short line; its type alone where it cannot be printed."""
    try:
        text = " ".join(repr(value).split())
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists in lists without end
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
