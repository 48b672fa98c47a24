import secrets
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from osce_cms.html import plain_text, sanitise, without_controls
from osce_cms.text import fold
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from .languages import Language
from .querysets import PressReleaseQuerySet
from .workflow import TRANSITIONS, State, TransitionNotAllowed

LINKS = ["sources", "fields_of_work", "countries", "meetings"]


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


class PressRelease(models.Model):
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    language = models.CharField(max_length=3, choices=Language, default=Language.ENGLISH)
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )

    title = models.CharField(max_length=500)
    slug = models.SlugField(max_length=100, allow_unicode=True)
    summary = models.TextField(blank=True)
    dateline = models.CharField(max_length=200, blank=True, help_text="As written: VIENNA")
    body = models.TextField(help_text="HTML; whatever is not plain text structure is removed.")
    text = models.TextField(editable=False)
    words = models.TextField(editable=False)  # all of the above, folded, for searching

    sources = models.ManyToManyField(Structure, blank=True, related_name="releases")
    fields_of_work = models.ManyToManyField(FieldOfWork, blank=True, related_name="releases")
    countries = models.ManyToManyField(Country, blank=True, related_name="releases")
    meetings = models.ManyToManyField(Meeting, blank=True, related_name="releases")

    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The public time, in Vienna. Readers see nothing before it.",
    )
    precision = models.CharField(
        max_length=10,
        choices=Precision,
        default=Precision.MINUTE,
        help_text="Releases of which only the day is known print no time.",
    )
    first_published_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawal_notice = models.TextField(blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    legacy_key = models.CharField(max_length=100, unique=True, null=True, editable=False)  # noqa: DJ001
    legacy_url = models.URLField(max_length=500, blank=True)
    legacy_labels = models.JSONField(
        default=dict, blank=True, editable=False, help_text="What the old page printed."
    )
    unmatched_labels = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Those of them that name no term."
    )
    import_digest = models.CharField(max_length=64, blank=True, editable=False)
    is_sample = models.BooleanField("sample content", default=False, editable=False)

    objects = PressReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        permissions = [
            ("publish_pressrelease", "Can publish releases"),
            ("withdraw_pressrelease", "Can withdraw releases"),
        ]
        indexes = [models.Index(fields=["-published_at", "-id"], name="press_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | Q(published_at__isnull=False),
                name="press_published_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state=State.WITHDRAWN, withdrawn_at__isnull=False)
                | (~Q(state=State.WITHDRAWN) & Q(withdrawn_at=None)),
                name="press_withdrawn_has_a_date",
            ),
            models.UniqueConstraint(
                fields=["translation_of", "language"], name="press_one_translation_per_language"
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.settle_text()
        if kwargs.get("update_fields") is not None:
            derived = {"title", "slug", "summary", "dateline", "body", "text", "words"}
            kwargs["update_fields"] = derived | set(kwargs["update_fields"])
        super().save(*args, **kwargs)

    save.alters_data = True

    def get_absolute_url(self):
        return reverse("release", args=[self.pk, self.slug])

    def clean(self):
        if self.translation_of is None:
            return
        if self.translation_of_id == self.pk or self.translation_of.translation_of_id:
            raise ValidationError({"translation_of": "Choose the original, not a translation."})
        if self.pk and self.translations.exists():
            raise ValidationError({"translation_of": "This release has translations of its own."})
        if self.translation_of.language == self.language:
            raise ValidationError({"language": "A translation is in another language."})

    def settle_text(self):
        """Bring the text into the form in which it is stored: sanitised, with all that follows from it."""
        for name in ("title", "summary", "dateline"):
            setattr(self, name, " ".join(without_controls(getattr(self, name)).split()))
        self.body = sanitise(self.body)
        self.text = plain_text(self.body)
        self.words = fold(" ".join([self.title, self.summary, self.dateline, self.text]))
        self.slug = self.slug or slug_for(self.title)

    def is_public(self, at):
        return PressRelease.objects.public(at).filter(pk=self.pk).exists()

    @property
    def has_time(self):
        return self.precision == Precision.MINUTE

    @property
    def opens_with_dateline(self):
        """Whether the body begins with its dateline, as those of imported releases do."""
        return self.dateline in self.text[: len(self.dateline) + 30]

    def in_other_languages(self, at):
        """The original and its translations that may be read at at, without this one."""
        original = self.translation_of_id or self.pk
        family = PressRelease.objects.filter(Q(pk=original) | Q(translation_of=original))
        return family.listed(at).exclude(pk=self.pk).order_by("language")

    def share_links(self):
        """Give each translation of this original the same four sets of terms."""
        for translation in self.translations.all():
            for link in LINKS:
                getattr(translation, link).set(getattr(self, link).all())

    share_links.alters_data = True

    # Transitions

    def publish(self, *, by, at=None):
        """Make readers see the release from published_at on, or from at when it is given.

        Raises TransitionNotAllowed when there is no date: an empty one never means now. A date of
        today is refused for an undated item of the archive, which would be dated falsely.
        """
        if at and self.legacy_key and not self.published_at:
            raise TransitionNotAllowed(f"“{self}” comes from the archive: give its own date first.")
        published_at = at or self.published_at
        if not published_at:
            raise TransitionNotAllowed(f"“{self}” has no publication date.")
        changes = {"published_at": published_at, "first_published_at": timezone.now()}
        if at:
            changes["precision"] = Precision.MINUTE
        self._move("publish", by=by, **changes)

    def withdraw(self, *, by, notice):
        """Take the release out of all lists; at its address it stays readable under notice."""
        if not notice.strip():
            raise TransitionNotAllowed("Readers need a notice that says why it was withdrawn.")
        self._move(
            "withdraw",
            by=by,
            note=notice,
            withdrawn_at=timezone.now(),
            withdrawal_notice=notice.strip(),
        )

    @transaction.atomic
    def _move(self, action, *, by, note="", **changes):
        sources, target = TRANSITIONS[action]
        # One conditional UPDATE: of two editors pressing the button, one wins.
        here = PressRelease.objects.filter(pk=self.pk, state__in=sources)
        if not here.update(state=target, **changes):
            raise TransitionNotAllowed(f"Cannot {action} “{self}”: it is not in a state for that.")
        self.refresh_from_db(fields=["state", *changes])
        self.log.create(action=action, by=by, note=note)

    publish.alters_data = withdraw.alters_data = True


def slug_for(title):
    """Up to 80 characters of the title, cut between words. Titles recur, so slugs do too.

    An address names a release by its id; the slug is for people.
    """
    slug = slugify(title, allow_unicode=True)
    if len(slug) > 80:
        slug = slug[:81].rsplit("-", 1)[0][:80]
    return slug or "release"


class ReleaseLog(models.Model):
    """Who did what to a release, when, and the note that was left."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="log")
    action = models.CharField(max_length=20)
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


def random_name(image, filename):
    # An address that cannot be guessed, and nothing of a hostile file name on our disk.
    return f"releases/{secrets.token_urlsafe(16)}{Path(filename).suffix.lower()}"


class ReleaseImage(models.Model):
    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="images")
    file = models.ImageField(upload_to=random_name, width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField("alternative text", max_length=300, blank=True)
    is_decorative = models.BooleanField("decorative", default=False)
    caption = models.CharField(max_length=500, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    legacy_name = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(alt="") | Q(is_decorative=True),
                name="press_image_has_alt_or_is_decorative",
                violation_error_message="Describe the image or mark it as decorative.",
            )
        ]

    def __str__(self):
        return self.alt or "decorative image"

    def get_absolute_url(self):
        return reverse("image", args=[self.release_id, self.pk])
