"""One import at a time: two would create the same releases."""

import contextlib
import fcntl

from django.db import connection

IMPORT_LOCK = 0x696D706F  # a number of our own among the advisory locks of the database


class AlreadyRunning(Exception):
    """Another import is running on this database."""


@contextlib.contextmanager
def one_at_a_time():
    """Hold the lock of imports; it ends with its process, however that ends. Raises AlreadyRunning."""
    hold = _session_lock if connection.vendor == "postgresql" else _file_lock
    with hold():
        yield


@contextlib.contextmanager
def _session_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [IMPORT_LOCK])


@contextlib.contextmanager
def _file_lock():
    with open(f"{connection.settings_dict['NAME']}.import-lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise AlreadyRunning from taken
        yield
