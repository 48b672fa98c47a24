"""The process of a release, as data. Imports nothing of ours."""

from django.db import models


class State(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


TRANSITIONS = {  # action: (states it may start from, state it ends in)
    "publish": ({State.DRAFT}, State.PUBLISHED),
    "unschedule": ({State.PUBLISHED}, State.DRAFT),
    "withdraw": ({State.PUBLISHED}, State.WITHDRAWN),
}


class TransitionNotAllowed(Exception):
    """The release is not in a state from which this action may start, or lacks what it needs."""
