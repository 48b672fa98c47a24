"""One page of a selection with its counts, behind one function."""

from .orm import query
from .result import PAGE_SIZE, Result

__all__ = ["PAGE_SIZE", "Result", "query"]
