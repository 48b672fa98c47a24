"""The ledger of imports: what each run did, and where each imported release came from."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from .release import PressRelease


class RunStatus(models.TextChoices):
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Given up"
    ROLLING_BACK = "rolling_back", "Being rolled back"
    ROLLED_BACK = "rolled_back", "Rolled back"


class Action(models.TextChoices):
    """What became of a record: these are all there is, and their sum is what was read."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    UNCHANGED = "unchanged", "Unchanged"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"
    CONFLICT = "conflict", "Conflict"


class Decision(models.TextChoices):
    """About a conflict: whose text it is from now on."""

    SOURCE = "source", "The source’s text was taken"
    OURS = "ours", "Ours was kept"


class ImportRun(models.Model):
    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sources = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, help_text="Of the files: the same ones go on.")
    options = models.JSONField(default=dict)
    version = models.CharField(max_length=20, help_text="Of the importer.")
    mapping = models.CharField(max_length=64, help_text="Of the names by which terms were found.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    status = models.CharField(max_length=20, choices=RunStatus, default=RunStatus.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, help_text="The last sign of life.")
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0, help_text="Records dealt with, in order.")
    counts = models.JSONField(default=dict, help_text="By action.")
    undone_to = models.PositiveBigIntegerField(
        null=True, help_text="Rolling back has dealt with this item and all after it."
    )

    class Meta:
        verbose_name = "import"
        ordering = ["-pk"]
        default_permissions = ["view"]
        permissions = [("roll_back_importrun", "Can undo imports")]

    def __str__(self):
        return f"import {self.pk}"

    @property
    def read(self):
        return sum(self.counts.values())


class Origin(models.Model):
    """Where an imported release came from, and what its import wrote.

    A release whose texts no longer have the digest was edited by a person.
    """

    release = models.OneToOneField(
        PressRelease, on_delete=models.CASCADE, primary_key=True, related_name="origin"
    )
    run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="origins")
    node = models.CharField(max_length=12, blank=True, help_text="Of the old site.")
    path = models.CharField(max_length=500, blank=True)
    payload = models.CharField(max_length=64, blank=True, help_text="Hash of what was read.")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the texts it wrote.")
    captured_at = models.DateTimeField(null=True)
    printed_date = models.CharField(max_length=300, blank=True)
    printed_day = models.DateField(null=True)
    dateline_day = models.DateField(null=True)
    named = models.JSONField(default=dict, help_text="The terms that its labels named, by link.")
    lacks_files = models.BooleanField(default=False)
    # [[number among the links of the body, its address now, the one of the old site], ...]
    linked = models.JSONField(default=list)
    stays_draft = models.BooleanField(
        default=False, help_text="Not for readers, as its source or whoever imported it said."
    )

    class Meta:
        default_permissions = []
        indexes = [
            models.Index(fields=["payload"], condition=~models.Q(payload=""), name="press_payload"),
            models.Index(fields=["node"], condition=~models.Q(node=""), name="press_node"),
        ]

    def __str__(self):
        return self.path


class ImportItem(models.Model):
    """One record of a run, unless it was unchanged: those are counted only."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveBigIntegerField()
    action = models.CharField(max_length=10, choices=Action)
    path = models.CharField(max_length=500)
    key = models.CharField(max_length=100, blank=True, db_index=True)
    url = models.CharField(max_length=500, blank=True)
    captured_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, blank=True)
    title = models.CharField(max_length=500, blank=True)
    release = models.ForeignKey(
        PressRelease, on_delete=models.SET_NULL, null=True, related_name="import_items"
    )
    version = models.PositiveIntegerField(null=True, help_text="Of the release, afterwards.")
    undo = models.JSONField(null=True, encoder=DjangoJSONEncoder, help_text="What an update found.")
    payload = models.CharField(max_length=64, blank=True)
    is_row = models.BooleanField(default=False, help_text="Of a table, not a page.")
    # Batches are written as a whole: what one record takes of that is not known.
    duration = models.FloatField(null=True, help_text="Milliseconds that reading it took.")
    raw = models.BinaryField(null=True, help_text="What was not taken, to mend or compare it.")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the texts of a conflict.")
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = []
        indexes = [
            models.Index(fields=["run", "position"], name="press_import_order"),
            models.Index(fields=["run", "action", "position"], name="press_import_action"),
            models.Index(
                fields=["payload"],
                condition=models.Q(action=Action.SKIPPED),
                name="press_import_skipped",
            ),
        ]

    def __str__(self):
        return f"{self.path}: {self.action}"

    @property
    def waits(self):
        return self.action == Action.CONFLICT and not self.decision


def undone():
    """Of ImportItem, those that a rollback has dealt with: they say nothing about what is here."""
    is_dealt_with = models.Q(pk__gte=models.F("run__undone_to"))
    return models.Q(run__status=RunStatus.ROLLED_BACK) | (
        models.Q(run__status=RunStatus.ROLLING_BACK) & is_dealt_with
    )


class ImportMessage(models.Model):
    item = models.ForeignKey(ImportItem, on_delete=models.CASCADE, related_name="messages")
    level = models.CharField(max_length=10)
    code = models.CharField(max_length=40, db_index=True)
    field = models.CharField(max_length=40, blank=True)
    raw = models.CharField(max_length=300, blank=True)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]
        default_permissions = []

    def __str__(self):
        return self.text


class ListedItem(models.Model):
    """What list pages tell of an item, imported or not; its own page counts first."""

    key = models.CharField(max_length=100, unique=True, help_text="As of the release.")
    # Of what is known by language, day and title, as text captures are.
    title_key = models.CharField(max_length=36, db_index=True)
    url = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=3)
    title = models.CharField(max_length=500)
    day = models.DateField(null=True)
    kind = models.CharField(max_length=100, blank=True, help_text="As printed, and so the labels.")
    labels = models.JSONField(default=dict)
    path = models.CharField(max_length=500, blank=True)
    captured_at = models.DateTimeField(null=True)
    run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="listed")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = []

    def __str__(self):
        return self.title
