"""Days of the site: in the time zone of the settings, whichever a thread may have activated.

That zone is asked for once; django.utils.timezone looks for an active one each time, which costs an import
more than all else that it does with dates.
"""

from datetime import datetime, time

from django.utils import timezone


def midnight(day):
    """The moment at which day begins."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def day_of(at):
    """The day on which the moment at is. Raises ValueError for one without a time zone."""
    return timezone.localdate(at, timezone.get_default_timezone())
