"""What happened to a release, and what it held before."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from .release import PressRelease


class ReleaseChange(models.Model):
    """The content version at the last change of a release; written by triggers (schema.py) only."""

    # No foreign key: the row outlives its release, so that everybody hears that it is gone.
    release_id = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField(db_index=True)

    def __str__(self):
        return f"{self.release_id} at {self.number}"


class ReleaseLog(models.Model):
    """Who did what to a release, when, and the note that was left."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="log")
    action = models.CharField(max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty for the importer.",
    )
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.action} ({self.by})" if self.by else self.action

    @property
    def action_in_words(self):
        return self.action.replace("_", " ")


class Revision(models.Model):
    """What a release held after one saved change: its texts, and its terms by code and name."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()  # that of the release
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty for the importer, and for what was found before a change.",
    )
    at = models.DateTimeField(default=timezone.now)
    is_of_correction = models.BooleanField(default=False)  # it was one of the copy, of its version
    snapshot = models.JSONField()  # revisions.py writes and reads it

    class Meta:
        ordering = ["-pk"]
        default_permissions = []  # who sees and changes releases sees and uses these
        indexes = [models.Index(fields=["by", "-id"], name="press_revision_by_person")]

    def __str__(self):
        return f"version {self.version}{' of a correction' if self.is_of_correction else ''}"


class ChangeNote(models.Model):
    """What was corrected in a public release, in words for readers, and the texts before and after."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="change_notes")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField()
    before = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="+")
    after = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = []

    def __str__(self):
        return self.text

    def get_absolute_url(self):
        return reverse("change", args=[self.release_id, self.pk])
