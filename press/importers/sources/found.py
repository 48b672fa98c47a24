"""What a reader of sources finds, before it is loaded."""

import lzma
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple
from zipfile import BadZipFile

from ..messages import NotARelease, message
from ..readers.item import Capture

LARGEST = 5_000_000  # bytes of a page or a row; a press release has a few thousand
MEGABYTE = 1_000_000
UNREADABLE = (  # what files and archives that are damaged, packed or gone raise
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(BadZipFile, zlib.error, lzma.LZMAError, struct.error),
)


class Found(NamedTuple):
    """path: as in Capture; inside: the same below the folder or archive that was named.

    load: gives the Capture; to be called before the next one is asked for, or not at all.
    """

    path: str
    load: Callable
    inside: str = ""


def failed(path, problem):
    """A Found of which nothing can be had but its problem, a Message."""
    capture = Capture(str(path), problem=problem)
    return Found(capture.path, lambda: capture)


def loader(path, open_, **known):
    """A function that gives the Capture of what open_() opens, with a problem when it cannot be read."""

    def load():
        capture = Capture(path, **known)
        try:
            with open_() as file:
                capture.data = read(file, LARGEST)
        except (NotARelease, *UNREADABLE) as error:
            capture.problem = problem_of(error)
        return capture

    return load


def read(file, most):
    """The bytes of an open file. Raises NotARelease when there are more than most."""
    data = file.read(most + 1)
    if len(data) > most:
        raise NotARelease("too_large", most // MEGABYTE)
    return data


def problem_of(error):
    """The Message for a NotARelease or one of UNREADABLE."""
    if isinstance(error, NotARelease):
        return error.message
    if isinstance(error, FileNotFoundError):
        return message("no_such_file")
    if isinstance(error, IsADirectoryError):
        return message("no_pages")
    return message("unreadable", getattr(error, "strerror", None) or error or type(error).__name__)
