from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .release import PressRelease

OPEN = Q(carried_out_at=None, dropped_at=None)


class Redaction(models.Model):
    """A text that is to be removed from all that is kept of a release, for legal reasons (redaction.py)."""

    release = models.ForeignKey(PressRelease, on_delete=models.PROTECT, related_name="redactions")
    passage = models.TextField(blank=True)  # only as long as it is open: it must not live on here
    reason = models.TextField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    carried_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    carried_out_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    places = models.PositiveIntegerField(null=True)  # in which it was

    class Meta:
        ordering = ["-pk"]
        default_permissions = []  # redact_pressrelease is for asking and for carrying out
        constraints = [
            models.UniqueConstraint(
                fields=["release"], condition=OPEN, name="press_one_redaction_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(carried_out_at=None) | Q(dropped_at=None),
                name="press_redaction_ends_once",
            ),
            models.CheckConstraint(
                condition=(OPEN & ~Q(passage="")) | (~OPEN & Q(passage="")),
                name="press_redaction_keeps_no_passage",
            ),
            models.CheckConstraint(
                condition=Q(carried_out_at=None, carried_out_by=None, places=None)
                | Q(
                    carried_out_at__isnull=False,
                    carried_out_by__isnull=False,
                    places__isnull=False,
                ),
                name="press_redaction_carried_out_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(carried_out_by=None) | ~Q(carried_out_by=F("asked_by")),
                name="press_redaction_takes_two_persons",
            ),
        ]

    def __str__(self):
        return f"redaction of {timezone.localtime(self.asked_at):%-d %B %Y, %H:%M}"

    @property
    def is_open(self):
        return not (self.carried_out_at or self.dropped_at)
