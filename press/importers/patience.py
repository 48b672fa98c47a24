"""A transaction once more when somebody else's stood in its way."""

import time

from django.db import OperationalError

PAUSES = [0.2, 1, 3]  # seconds before the second attempt and those after it
# Of PostgreSQL: serialization failure, deadlock, a lock that was waited for too long.
SQLSTATES = {"40001", "40P01", "55P03"}
SQLITE_BUSY = {5, 6}  # busy, locked


class StillBusy(Exception):
    """The database was kept by others, however often it was asked. Nothing of the transaction is there."""


def patiently(work):
    """What work() gives: one transaction that leaves nothing behind when it fails, also in memory.

    Raises StillBusy after the last of several attempts; what else work raises, at once.
    """
    for pause in [*PAUSES, None]:
        try:
            return work()
        except OperationalError as error:
            if not is_in_the_way(error):
                raise
            if pause is None:
                raise StillBusy(first_line(error)) from error
        time.sleep(pause)


def first_line(error):
    return str(error).strip().split("\n")[0]


def is_in_the_way(error):
    """Whether another transaction is the reason, and not the database or what was asked of it."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    # The lowest byte is the code, the others tell more of it.
    is_busy = code is not None and code & 0xFF in SQLITE_BUSY
    return is_busy or getattr(cause, "sqlstate", None) in SQLSTATES
