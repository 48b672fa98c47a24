"""One page of a selection with its counts, behind one function, whatever the number of releases."""

from .live import current, warm
from .result import MOST_RANKED, PAGE_SIZE, Result

__all__ = ["MOST_RANKED", "PAGE_SIZE", "Result", "current", "query", "warm"]


def query(selection, match, page, *, at, index=None):
    """A Result. selection: a Selection; match: of its words, or None; at: the time; index: current()."""
    return (index or current()).query(selection, match, page, at=at)
