"""Words: which releases hold them, the best of them, and where in their texts."""

from . import rebuild, schema
from .match import Found, Match, match
from .store import store

__all__ = ["Found", "Match", "match", "rebuild", "schema", "store"]
