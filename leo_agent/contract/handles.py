"""Objects that hold what a copy would share: a physics client, an open file, a process, an episode that runs."""

from typing import ClassVar, NoReturn, SupportsIndex


class NotCopyable:
    """Base of classes whose objects `copy`, `deepcopy` and `pickle` refuse in one line.

    A copied handle would name the same physics client, file or process, and both copies would go on in one world.
    """

    instead: ClassVar[str]
    """What the object holds, and what to do in place of a copy; the end of the message."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} can be neither copied nor pickled: {self.instead}")
