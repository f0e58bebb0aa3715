"""The commands of `leo-agent`: a file each, found by its name, argparse and nothing else.

The first line of a file's docstring is what help says of the command; `add_arguments(parser)` declares its options, and
`run(args)` returns the text to print, or None. Files whose names begin with an underscore are no commands.
"""
