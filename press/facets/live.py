"""The index of this process, brought up to date whenever somebody asks for it."""

import contextlib
import ctypes
import gc
import logging
from threading import Lock

from django.db import DatabaseError, connection, connections

from . import tables
from .edit import apply
from .index import Index

MOST_CHANGES = 1000  # more of them take longer than building

logger = logging.getLogger(__name__)

_index = None
_lock = Lock()  # only for bringing it up to date: readers keep the index that they have


def current():
    """An index that holds everything that was committed before the call.

    Inside a transaction it is built from what the transaction sees and kept by nobody, since it may
    be rolled back. That is slow with many releases: pages ask outside of transactions.
    """
    if connection.in_atomic_block:
        return Index.build()
    if is_up_to_date(_index):
        return _index
    return refreshed()


def is_up_to_date(index):
    return index is not None and tables.changes(index.version.number, most=1)[0] == index.version


def refreshed():
    global _index
    with _lock:
        _index = newer(_index)
        return _index


def newer(index):
    """index, or the one that follows from what happened since; in doubt one built from the tables."""
    if index is None:
        return built()
    seen = index.version
    version, pks = tables.changes(seen.number, most=MOST_CHANGES + 1)
    if version == seen:
        return index
    if version.epoch != seen.epoch or version.number < seen.number or len(pks) > MOST_CHANGES:
        return built()
    if version.trees != seen.trees:
        index = index.with_trees(version)
    return apply(index, version, pks) or built()


def built():
    index = Index.build()
    # The connection keeps room for the largest answer as long as it lives, and the C library what
    # was needed on the way: with a million releases as much again as the index.
    connection.close()
    with contextlib.suppress(AttributeError, OSError):  # not every C library can
        ctypes.CDLL(None).malloc_trim(0)
    return index


def warm():
    """Before worker processes are forked: build the index that all of them begin with, and share.

    Without a database there is none; then each worker builds its own at its first question.
    """
    try:
        refreshed()
    except DatabaseError as error:
        logger.warning("The index is not built before the first request: %s", error)
    # No child may talk on a connection of its parent, nor copy what is shared by collecting garbage.
    connections.close_all()
    gc.collect()
    gc.freeze()


def forget():
    """Build anew at the next call; for tests."""
    global _index
    _index = None
