"""Commands that run one at a time: two imports would create the same releases."""

import contextlib
import fcntl

from django.db import connection

# Numbers of our own among the advisory locks of the database.
LOCKS = {"import": 0x696D706F, "mails": 0x6D61696C, "renditions": 0x72656E64}


class AlreadyRunning(Exception):
    """Another one is running on this database."""


@contextlib.contextmanager
def one_at_a_time(name="import"):
    """Hold the lock of that name, one of LOCKS; it ends with its process, however that ends.

    Raises AlreadyRunning.
    """
    hold = _session_lock if connection.vendor == "postgresql" else _file_lock
    with hold(name):
        yield


@contextlib.contextmanager
def _session_lock(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCKS[name]])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCKS[name]])


@contextlib.contextmanager
def _file_lock(name):
    with open(f"{connection.settings_dict['NAME']}.{name}-lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise AlreadyRunning from taken
        yield
