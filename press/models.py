import hashlib
import secrets
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, router, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.text import slugify

from osce_cms.html import plain_text, sanitise, validate_markup, without_controls
from osce_cms.languages import Language
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from .images import random_name, validate_image
from .querysets import DERIVED, TEXTS, PressReleaseQuerySet, PreviewLinkQuerySet
from .search.store import store
from .workflow import BEFORE, PERMISSIONS, TRANSITIONS, State, TransitionNotAllowed

LINKS = ["sources", "fields_of_work", "countries", "meetings"]
# Written by transitions only.
MOVED = {
    "state",
    "first_published_at",
    "withdrawn_at",
    "withdrawal_notice",
    "moved_to",
    "needs_second_look",
}
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


class PressRelease(models.Model):
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    language = models.CharField(max_length=3, choices=Language, default=Language.ENGLISH)
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )

    title = models.CharField(max_length=500)
    slug = models.SlugField(max_length=100, allow_unicode=True, db_index=False)
    summary = models.TextField(blank=True)
    dateline = models.CharField(max_length=200, blank=True, help_text="As written: VIENNA")
    body = models.TextField(
        validators=[validate_markup],
        help_text="HTML, or plain text with empty lines between paragraphs.",
    )
    text = models.TextField(editable=False)

    sources = models.ManyToManyField(Structure, blank=True, related_name="releases")
    fields_of_work = models.ManyToManyField(FieldOfWork, blank=True, related_name="releases")
    countries = models.ManyToManyField(Country, blank=True, related_name="releases")
    meetings = models.ManyToManyField(Meeting, blank=True, related_name="releases")

    state = models.CharField(max_length=20, choices=State, default=State.DRAFT, editable=False)
    published_at = models.DateTimeField(
        null=True,
        blank=True,
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
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
    moved_to = models.URLField(max_length=500, blank=True, editable=False)  # when unpublished
    needs_second_look = models.BooleanField(default=False, editable=False)  # after force_publish
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1, editable=False)  # grows with every save

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
        permissions = PERMISSIONS
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="press_newest_first"),
            models.Index(fields=["id"], condition=Q(is_sample=True), name="press_sample"),
            # All that the index in memory asks of this table, in its order.
            models.Index(
                fields=["published_at", "id", "kind", "language"],
                condition=Q(state=State.PUBLISHED),
                name="press_listed",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=sorted(BEFORE)) | Q(published_at__isnull=False),
                name="press_published_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(published_at__range=(EARLIEST, LATEST)),
                name="press_published_in_our_time",
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
        """As usual, but state moves by transitions only: an old instance cannot undo one."""
        self.settle()
        fields = kwargs.get("update_fields")
        writes_texts = fields is None or bool(TEXTS & set(fields))
        is_new, version = self._state.adding, self.version
        if not is_new:
            # Counted by the database: of two saves at once each makes a version of its own.
            self.version = models.F("version") + 1
            kwargs["update_fields"] = self.written(fields, writes_texts)
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        try:
            with transaction.atomic(using=using):
                super().save(*args, **kwargs)
                if writes_texts:
                    store([self], using=using)
                if not is_new:
                    self.refresh_from_db(using=using, fields=["version"])
        except BaseException:
            self.version = version
            raise

    save.alters_data = True

    def get_absolute_url(self):
        return reverse("release", args=[self.pk, self.slug])

    def written(self, fields, writes_texts):
        """The columns that a save of fields writes, or one of everything when fields is None."""
        if fields is None:
            return {f.name for f in self._meta.concrete_fields if not f.primary_key} - MOVED
        texts = TEXTS | DERIVED if writes_texts else set()
        return {*fields, *texts, "version", "updated_at"}

    def get_kind_display(self):
        return Kind(self.kind).label if self.kind else ""

    def get_language_display(self):
        return Language(self.language).label

    def clean(self):
        if not " ".join(without_controls(self.title).split()):
            raise ValidationError({"title": "There is no text in it."})
        if self.translation_of is None:
            return
        if self.translation_of_id == self.pk or self.translation_of.translation_of_id:
            raise ValidationError({"translation_of": "Choose the original, not a translation."})
        if self.pk and self.translations.exists():
            raise ValidationError({"translation_of": "This release has translations of its own."})
        if self.translation_of.language == self.language:
            raise ValidationError({"language": "A translation is in another language."})

    def settle(self):
        """Bring everything into the form in which it is stored: sanitised, with all that follows."""
        for name in ("title", "summary", "dateline"):
            setattr(self, name, " ".join(without_controls(getattr(self, name)).split()))
        self.body = sanitise(self.body if "<" in self.body else linebreaks(self.body))
        self.text = plain_text(self.body)
        self.slug = slugify(self.slug, allow_unicode=True)[:100] or slug_for(self.title)
        if not self.legacy_url.startswith(("https://", "http://")):
            self.legacy_url = ""
        if self.published_at and self.precision == Precision.DAY:
            day = timezone.localdate(self.published_at)
            self.published_at = timezone.make_aware(datetime.combine(day, time.min))

    def is_public(self, at):
        return PressRelease.objects.public(at).filter(pk=self.pk).exists()

    @property
    def stage(self):
        """The state as an editor sees it: what is published for a later time is scheduled."""
        if self.state == State.PUBLISHED and self.published_at > timezone.now():
            return "Scheduled"
        return self.get_state_display()

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

    # Transitions. Each is one conditional update and its row in the log, in one transaction.

    def submit(self, *, by, note=""):
        """Ask somebody else to look at it and publish it."""
        self._move("submit", by=by, note=note)

    def request_changes(self, *, by, note):
        """Give it back to its authors, with what they should change."""
        self._move(
            "request_changes", by=by, note=demanded(note, "Authors need to know what to change.")
        )

    def publish(self, *, by, at=None):
        """Make readers see the release from published_at on, or from at when it is given.

        Raises TransitionNotAllowed when there is no date: an empty one never means now. A date of
        today is refused for an undated item of the archive, which would be dated falsely. And whoever
        submitted it does not publish it, unless settings say that one person is enough.
        """
        if settings.TWO_PERSONS and by and by == self.submitted_by():
            raise TransitionNotAllowed(
                f"You submitted “{self}” yourself: somebody else looks at it before it is published."
            )
        self._publish("publish", by=by, at=at)

    def force_publish(self, *, by, reason, at=None):
        """Publish without a second person, who looks at it afterwards."""
        reason = demanded(reason, "Say why nobody else can look at it before.")
        self._publish("force_publish", by=by, at=at, note=reason, needs_second_look=True)

    def _publish(self, action, *, by, at, note="", **changes):
        if at and self.legacy_key and not self.published_at:
            raise TransitionNotAllowed(f"“{self}” comes from the archive: give its own date first.")
        if not (at or self.published_at):
            raise TransitionNotAllowed(f"“{self}” has no publication date.")
        changes["first_published_at"] = timezone.now()
        if at:
            changes |= {"published_at": at, "precision": Precision.MINUTE}
        self._move(action, by=by, note=note, **changes)

    def publish_as_dated(self):
        """For the importer, which found the date of an undated item of the archive."""
        self._publish("force_publish", by=None, at=None, note="Its source has a date now.")

    def second_look(self, *, by, note=""):
        """Say that what was published by force is well."""
        forced = self.log.filter(action="force_publish").first()
        if not self.needs_second_look:
            raise TransitionNotAllowed(f"“{self}” does not wait for a second look.")
        if forced and forced.by == by:
            raise TransitionNotAllowed(
                f"You published “{self}” yourself: somebody else looks again."
            )
        self._move("second_look", by=by, note=note, needs_second_look=False)

    def reschedule(self, *, by, at):
        """Move the public time of what is not public yet."""
        self._refuse_if_public("it can be withdrawn, its date stays")
        self._move("reschedule", by=by, published_at=at, precision=Precision.MINUTE)

    def unschedule(self, *, by):
        """Put a release that is not public yet back into review; its date stays, without effect."""
        self._refuse_if_public("it can only be withdrawn")
        self._move("unschedule", by=by, first_published_at=None, needs_second_look=False)

    def withdraw(self, *, by, notice):
        """Take the release out of all lists; at its address it stays readable under notice."""
        notice = demanded(notice, "Readers need a notice that says why it was withdrawn.")
        now = timezone.now()
        if self.published_at and self.published_at > now:
            raise TransitionNotAllowed(f"“{self}” is not public yet: take it off the schedule.")
        self._move("withdraw", by=by, note=notice, withdrawn_at=now, withdrawal_notice=notice)

    def restore(self, *, by, note):
        """Make what was withdrawn a release like all others again."""
        note = demanded(note, "Say why it is restored.")
        self._move("restore", by=by, note=note, withdrawn_at=None, withdrawal_notice="")

    @transaction.atomic
    def unpublish(self, *, by, reason, moved_to=""):
        """Take the release away from readers; its address says that it is gone, or leads to moved_to."""
        reason = demanded(reason, "Say why it is unpublished.")
        if self.published_at and self.published_at > timezone.now():
            raise TransitionNotAllowed(f"“{self}” is not public yet: take it off the schedule.")
        if self.get_absolute_url() in moved_to:
            raise TransitionNotAllowed("It cannot lead to itself.")
        self._move(
            "unpublish",
            by=by,
            note=reason,
            moved_to=moved_to,
            withdrawn_at=None,
            withdrawal_notice="",
        )
        # They ended when it became public, and do not come to life again.
        self.preview_links.filter(revoked_at=None).update(revoked_at=timezone.now())

    def reopen(self, *, by, note=""):
        """Make what was unpublished a draft again."""
        self._move("reopen", by=by, note=note, moved_to="", needs_second_look=False)

    def submitted_by(self):
        """Who asked for the review that is going on, if anybody."""
        last = self.log.filter(action="submit").first()
        return last and last.by

    def _refuse_if_public(self, instead):
        if self.published_at and self.published_at <= timezone.now():
            raise TransitionNotAllowed(f"“{self}” is public already: {instead}.")

    @transaction.atomic
    def _move(self, action, *, by, note="", **changes):
        sources, target = TRANSITIONS[action]
        # One conditional UPDATE: of two editors pressing the button, one wins; and what is published
        # is what was looked at, not what somebody made of it in the meantime.
        here = PressRelease.objects.filter(pk=self.pk, state__in=sources, version=self.version)
        changes |= {"version": self.version + 1, "updated_at": timezone.now()}
        if target:
            changes["state"] = target
        if not here.update(**changes):
            raise TransitionNotAllowed(
                f"Cannot {action.replace('_', ' ')} “{self}”: it is not in a state for that, or was"
                " changed meanwhile."
            )
        self.refresh_from_db(fields=list(changes))
        self.log.create(action=action, by=by, note=note)

    for _transition in (
        submit, request_changes, publish, force_publish, second_look, reschedule, unschedule,
        withdraw, restore, unpublish, reopen,
    ):  # fmt: skip
        _transition.alters_data = True
    del _transition


def demanded(text, refusal):
    """text without space around it; TransitionNotAllowed with refusal when nothing is left."""
    if not text.strip():
        raise TransitionNotAllowed(refusal)
    return text.strip()


for _link in LINKS:
    # A term in use cannot be deleted by any route: the rows of the link protect it.
    _field = PressRelease._meta.get_field(_link)
    _through = _field.remote_field.through
    _through._meta.get_field(
        _field.m2m_reverse_field_name()
    ).remote_field.on_delete = models.PROTECT


def slug_for(title):
    """Up to 80 characters of the title, cut between words. Titles recur, so slugs do too.

    An address names a release by its id; the slug is for people.
    """
    slug = slugify(title, allow_unicode=True)
    if len(slug) > 80:
        slug = slug[:81].rsplit("-", 1)[0][:80]
    return slug or "release"


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


class PreviewLink(models.Model):
    """An address under which people without an account may read a release before it is public."""

    LIFETIME = timedelta(days=7)

    release = models.ForeignKey(
        PressRelease, on_delete=models.CASCADE, related_name="preview_links"
    )
    token_hash = models.CharField(max_length=64, unique=True)  # the token itself is nowhere
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = []  # who changes a release may share it

    def __str__(self):
        return f"link of {timezone.localtime(self.created_at):%-d %B %Y, %H:%M}"

    @staticmethod
    def hash_of(token):
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    @transaction.atomic
    def share(cls, release, *, by):
        """A new link of release and its token, which nobody can ask for later."""
        now = timezone.now()
        if release.is_public(now):
            raise TransitionNotAllowed(f"“{release}” is public: share its address.")
        token = secrets.token_urlsafe(32)
        link = cls.objects.create(
            release=release,
            token_hash=cls.hash_of(token),
            created_by=by,
            created_at=now,
            expires_at=now + cls.LIFETIME,
        )
        release.log.create(action="share_preview", by=by, note=f"The {link}.")
        return link, token

    @transaction.atomic
    def revoke(self, *, by):
        """End it now; whether it was living."""
        now = timezone.now()
        living = type(self).objects.living(now).filter(pk=self.pk)
        if not living.update(revoked_at=now):
            return False
        self.release.log.create(action="revoke_preview", by=by, note=f"The {self}.")
        return True

    share.__func__.alters_data = revoke.alters_data = True


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
    snapshot = models.JSONField()  # revisions.py writes and reads it

    class Meta:
        ordering = ["-pk"]
        default_permissions = []  # who sees and changes releases sees and uses these

    def __str__(self):
        return f"version {self.version}"


class EditSession(models.Model):
    """Who has the form of a release open, and when that was last heard (admin/presence.py)."""

    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_seen = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["release", "user"], name="press_one_session_each")
        ]

    def __str__(self):
        return f"open in the browser of {self.user}"


class ReleaseImage(models.Model):
    release = models.ForeignKey(PressRelease, on_delete=models.CASCADE, related_name="images")
    file = models.ImageField(
        upload_to=random_name,
        validators=[validate_image],
        width_field="width",
        height_field="height",
    )
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
