"""The commands of `leo-agent`: a file each, found by its name, argparse and nothing else.

The first line of a file's docstring is what help says of the command; `add_arguments(parser)` declares its options, and
`run(args)` returns the text to print, or None. Files whose names begin with an underscore are no commands.
"""


class Unsuccessful(str):
    """A text to print of a command that ran to its end and yet did not do what it is for."""

    exit_code = 1
