"""What is raised for wrong input of this package: a message fit to be shown to the user as it is."""


class InputError(ValueError):
    """A file, option or name is wrong; the message names it, what was found and what was expected."""
