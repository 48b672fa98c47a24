"""The process of a release, as data. Imports nothing of ours."""

from django.db import models


class State(models.TextChoices):
    DRAFT = "draft"
    IN_REVIEW = "in_review", "In review"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    PUBLISHED = "published"  # scheduled, as long as its public time has not come
    WITHDRAWN = "withdrawn"  # readable, under a notice
    UNPUBLISHED = "unpublished"  # gone, or moved elsewhere


BEFORE = {State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED}  # what was never published
TRANSITIONS = {  # action: (states it may start from, state it ends in)
    "submit": ({State.DRAFT, State.CHANGES_REQUESTED}, State.IN_REVIEW),
    "request_changes": ({State.IN_REVIEW}, State.CHANGES_REQUESTED),
    "publish": ({State.IN_REVIEW}, State.PUBLISHED),
    "force_publish": (BEFORE, State.PUBLISHED),
    "second_look": ({State.PUBLISHED, State.WITHDRAWN, State.UNPUBLISHED}, None),  # stays as it is
    "reschedule": ({State.PUBLISHED}, State.PUBLISHED),
    "unschedule": ({State.PUBLISHED}, State.IN_REVIEW),
    "withdraw": ({State.PUBLISHED}, State.WITHDRAWN),
    "restore": ({State.WITHDRAWN}, State.PUBLISHED),
    "unpublish": ({State.PUBLISHED, State.WITHDRAWN}, State.UNPUBLISHED),
    "reopen": ({State.UNPUBLISHED}, State.DRAFT),
    # A correction is a copy with the states of its own that come before being published.
    "correct": ({State.PUBLISHED, State.WITHDRAWN}, None),
    "publish_correction": ({State.IN_REVIEW}, None),
    "force_publish_correction": (BEFORE, None),
    "feature": ({State.PUBLISHED}, None),
    "unfeature": ({State.PUBLISHED}, None),
    "hand_over": (set(State), None),
    "retag": (set(State), None),
    "translate": (set(State) - {State.UNPUBLISHED}, None),
    "confirm_translation": (set(State), None),
}
# One permission for each, named after it.
PERMISSIONS = [
    (f"{action}_pressrelease", f"Can {action.replace('_', ' ')} releases")
    for action in [*TRANSITIONS, "redact"]
]


class TransitionNotAllowed(Exception):
    """The release is not in a state from which this action may start, or lacks what it needs."""
