"""What people decided about labels, countries and contacts of the archive."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from taxonomy.labels import KEY_LENGTH, short_key
from taxonomy.models import Country

from ..querysets import CountrySuggestionQuerySet
from .contact import Contact
from .release import PressRelease


class Vocabulary(models.TextChoices):
    """The labels of old pages that name terms."""

    SOURCE = "source", "Structure"
    FIELD = "field", "Field of work"
    COUNTRY = "country", "Country"
    MEETING = "meeting", "Meeting"

    @property
    def link(self):
        """The many-to-many field of a release that holds its terms."""
        return {
            "source": "sources",
            "field": "fields_of_work",
            "country": "countries",
            "meeting": "meetings",
        }[self.value]

    @property
    def model(self):
        return PressRelease._meta.get_field(self.link).related_model


class Decided(models.Model):
    """Who decided, and when."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who decided; empty for a command.",
    )
    at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class TermDecision(Decided):
    """Which term a label means that names none, or that it means none at all."""

    vocabulary = models.CharField(max_length=10, choices=Vocabulary)
    label = models.TextField(help_text="As old pages print it.")
    key = models.CharField(
        max_length=KEY_LENGTH, editable=False
    )  # labels that differ in nothing else
    # A code and no foreign key: it leads on when its term is merged, and a term that nothing else needs
    # can be deleted.
    code = models.CharField(
        "term", max_length=100, blank=True, help_text="Empty: it names no term."
    )
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = "decision on a label"
        verbose_name_plural = "decisions on labels"
        ordering = ["vocabulary", "key"]
        default_permissions = []
        permissions = [("decide_labels", "Can decide what labels of the archive mean")]
        constraints = [
            models.UniqueConstraint(fields=["vocabulary", "key"], name="press_one_decision_a_label")
        ]

    def __str__(self):
        return f"“{self.label}”: {self.code or 'no term'}"

    def save(self, *args, **kwargs):
        self.key = short_key(self.label)
        super().save(*args, **kwargs)

    save.alters_data = True


class CountrySuggestion(Decided):
    """A country that a release of the archive seems to be about; nobody sees it until it is confirmed."""

    class Reason(models.TextChoices):
        TITLE = "title", "Named in the title"
        DATELINE = "dateline", "After the city in the dateline"
        HOST = "host", "Host country of the structure"

    class Status(models.TextChoices):
        PENDING = "pending", "Waits"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Rejected"

    release = models.ForeignKey(
        PressRelease, on_delete=models.CASCADE, related_name="country_suggestions"
    )
    country = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="suggestions")
    reason = models.CharField(max_length=10, choices=Reason)
    evidence = models.CharField(max_length=200, help_text="The words from which it follows.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)

    objects = CountrySuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = "suggested country"
        verbose_name_plural = "suggested countries"
        ordering = ["-release_id", "pk"]
        default_permissions = []  # who changes terms of public releases confirms them
        indexes = [
            models.Index(
                fields=["-release", "id"],
                condition=models.Q(status="pending"),
                name="press_suggestions_waiting",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["release", "country"], name="press_one_suggestion_each")
        ]

    def __str__(self):
        return f"{self.country}: {self.get_reason_display().lower()}"


class ContactSuggestion(Decided):
    """Somebody whom releases of the archive name to be asked, once however many do; the texts keep it."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waits"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"

    key = models.CharField(max_length=300, unique=True, help_text="By mail, or by name and phone.")
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=200, blank=True, help_text="As printed; several with “;”.")
    text = models.TextField(blank=True, help_text="All that the first release says of it.")
    releases = models.ManyToManyField(
        PressRelease, through="ContactMention", related_name="contact_suggestions"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="suggestions"
    )

    class Meta:
        verbose_name = "suggested contact"
        verbose_name_plural = "suggested contacts"
        ordering = ["name", "pk"]
        default_permissions = []  # who keeps the contacts of the central desk decides

    def __str__(self):
        return self.name or self.organisation or self.email


class ContactMention(models.Model):
    """That a release names a suggested contact."""

    suggestion = models.ForeignKey(
        ContactSuggestion, on_delete=models.CASCADE, related_name="mentions"
    )
    release = models.ForeignKey(
        PressRelease, on_delete=models.CASCADE, related_name="contact_mentions"
    )

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(
                fields=["suggestion", "release"], name="press_contact_mentioned_once"
            )
        ]

    def __str__(self):
        return f"{self.suggestion} in release {self.release_id}"
