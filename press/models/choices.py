from datetime import UTC, datetime

from django.db import models

FIRST_YEAR, LAST_YEAR = 1970, 2100  # of public times; the organisation goes back to 1973
EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
LATEST = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


class Kind(models.TextChoices):
    PRESS_RELEASE = "press-release", "Press release"
    NEWS_ITEM = "news-item", "News item"
    PRESS_STATEMENT = "press-statement", "Press statement"
    SPOT_REPORT = "spot-report", "Spot report"
    DAILY_REPORT = "daily-report", "Daily report"
    WEEKLY_REPORT = "weekly-report", "Weekly report"
    MEDIA_ADVISORY = "media-advisory", "Media advisory"


class Precision(models.TextChoices):
    DAY = "day"
    MINUTE = "minute"
