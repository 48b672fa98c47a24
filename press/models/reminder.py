"""Who is told of a release by mail, before it becomes public and when it is (press/reminders.py)."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ..workflow import State
from .release import PressRelease


class ReminderQuerySet(models.QuerySet):
    NEWS = timedelta(hours=24)  # what became public before that is told to nobody any more

    def due_before(self, at):
        """Of what becomes public soon after at, those who were not told of this public time."""
        until = at + settings.REMINDER_LEAD
        soon = Q(release__published_at__gt=at, release__published_at__lte=until)
        return self._scheduled(soon)._not_sent("before_sent_for")

    def due_after(self, at):
        """Of what became public shortly before at, those who were not told so."""
        since = at - self.NEWS
        news = Q(release__published_at__gt=since, release__published_at__lte=at)
        return self._scheduled(news)._not_sent("after_sent_for")

    def _scheduled(self, when):
        return self.filter(when, release__state=State.PUBLISHED)

    def _not_sent(self, field):
        return self.filter(Q(**{field: None}) | ~Q(**{field: F("release__published_at")}))


class Reminder(models.Model):
    """A person who is told of a release.

    What was sent is kept as the public time for which it was: another one is announced again.
    """

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="reminders")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    before_sent_for = models.DateTimeField(null=True)
    after_sent_for = models.DateTimeField(null=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        default_permissions = []  # who changes a release names the people
        constraints = [
            models.UniqueConstraint(fields=["release", "person"], name="press_named_once")
        ]

    def __str__(self):
        return f"reminder of {self.person}"
