"""Words: which releases hold them, the best of them, and where in their texts."""

from . import rebuild, schema
from .matching import Found, Match, TooCostly, match
from .store import columns, insert_columns, store
from .suggestions import did_you_mean

__all__ = [
    "Found",
    "Match",
    "TooCostly",
    "columns",
    "did_you_mean",
    "insert_columns",
    "match",
    "rebuild",
    "schema",
    "store",
]
