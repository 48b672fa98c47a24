from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, router, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.text import slugify

from osce_cms.days import day_of, midnight
from osce_cms.fields import MarkupField
from osce_cms.html import plain_text, sanitise, validate_markup, without_controls
from osce_cms.languages import Language
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from ..querysets import DERIVED, TEXTS, PressReleaseQuerySet
from ..search.store import store
from ..workflow import BEFORE, PERMISSIONS, State
from .choices import EARLIEST, LATEST, Kind, Precision
from .transitions import Transitions

LINKS = ["sources", "fields_of_work", "countries", "meetings"]
# Written by transitions only.
MOVED = {
    "state",
    "first_published_at",
    "withdrawn_at",
    "withdrawal_notice",
    "moved_to",
    "needs_second_look",
    "is_featured",
    "corrected_at",
    "corrects",
    "translated_revision",
    "desk",
}
DATED = ["published_at", "precision"]


class PressRelease(Transitions, models.Model):
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    language = models.CharField(max_length=3, choices=Language, default=Language.ENGLISH)
    translation_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="translations"
    )
    # What of the original this translation renders (translations.py).
    translated_revision = models.ForeignKey(
        "Revision", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # A copy on which a public release is corrected; never public itself (corrections.py).
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="corrections"
    )
    desk = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="desk_releases",
        help_text="Whose people see and edit it. Empty: the central desk.",
    )

    title = models.CharField(max_length=500)
    slug = models.SlugField(max_length=100, allow_unicode=True, db_index=False)
    summary = models.TextField(blank=True)
    dateline = models.CharField(max_length=200, blank=True, help_text="As written: VIENNA")
    body = MarkupField(
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
    is_featured = models.BooleanField("featured", default=False, editable=False)  # on the home page
    corrected_at = models.DateTimeField(null=True, editable=False)  # last, with a note to readers
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
    is_sample = models.BooleanField("sample content", default=False, editable=False)

    objects = PressReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        permissions = PERMISSIONS
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="press_newest_first"),
            models.Index(fields=["id"], condition=Q(is_sample=True), name="press_sample"),
            models.Index(fields=["id"], condition=Q(is_featured=True), name="press_featured"),
            # What the worklists of the desk ask for, few rows among many.
            models.Index(
                fields=["id"], condition=Q(state__in=sorted(BEFORE)), name="press_in_work"
            ),
            models.Index(
                fields=["id"], condition=Q(needs_second_look=True), name="press_second_look"
            ),
            models.Index(fields=["id"], condition=~Q(unmatched_labels={}), name="press_unmatched"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=[State.WITHDRAWN, State.UNPUBLISHED]),
                name="press_taken_away",
            ),
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
            models.CheckConstraint(
                condition=Q(corrects=None) | Q(state__in=sorted(BEFORE)),
                name="press_correction_is_not_public",
            ),
            models.UniqueConstraint(fields=["corrects"], name="press_one_correction_at_a_time"),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        """As usual, but an old instance cannot undo a transition.

        The state is moved by transitions only, and so is the public time of what is published. An import
        that means to change it names it in update_fields.
        """
        self.settle()
        fields = kwargs.get("update_fields")
        writes_texts = fields is None or bool(TEXTS & set(fields))
        by_database = {} if self._state.adding else self.left_to_database(fields)
        before = {name: getattr(self, name) for name in by_database}
        if by_database:
            kwargs["update_fields"] = self.written(fields, writes_texts)
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        try:
            for name, expression in by_database.items():
                setattr(self, name, expression)
            with transaction.atomic(using=using):
                super().save(*args, **kwargs)
                if writes_texts:
                    store([self], using=using)
                if by_database:
                    self.refresh_from_db(using=using, fields=list(by_database))
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            raise

    save.alters_data = True

    def get_absolute_url(self):
        return reverse("release", args=[self.pk, self.slug])

    def left_to_database(self, fields):
        """{column: expression} of what a save of fields does not know better than the database."""
        # Of two saves at once each makes a version of its own.
        found = {"version": models.F("version") + 1}
        if fields is None:
            found |= {name: unless_published(name, getattr(self, name)) for name in DATED}
        return found

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
        self.body = sanitise(self.body if "<" in self.body else linebreaks(self.body))
        self.text = plain_text(self.body)
        settle_others(self)

    def is_public(self, at):
        return PressRelease.objects.public(at).filter(pk=self.pk).exists()

    @property
    def stage(self):
        """The state as an editor sees it: what is published for a later time is scheduled."""
        if self.corrects_id:
            return f"Correction, {self.get_state_display().lower()}"
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

    @property
    def contacts(self):
        """Whom readers may ask, in order."""
        return [row.contact for row in self.contact_rows.all()]

    @transaction.atomic
    def name_contacts(self, contacts):
        """Make these its contacts, in this order."""
        self.contact_rows.all().delete()
        rows = self.contact_rows.model
        rows.objects.bulk_create(
            rows(release=self, contact=contact, position=place)
            for place, contact in enumerate(contacts)
        )

    name_contacts.alters_data = True

    def fetch_terms(self):
        """Read its terms of all four links in one statement: sources.all() and so on ask nothing then.

        With nothing but their numbers and their names.
        """
        named = ["id", "name", "is_closed"]
        models_ = [self._meta.get_field(link).related_model for link in LINKS]
        rows = [
            model.objects.order_by()
            .filter(releases=self.pk)
            .annotate(link=models.Value(number))
            .values_list("link", *named, *model._meta.ordering)
            for number, model in enumerate(models_)
        ]
        order = ["link", *models_[0]._meta.ordering]
        found = list(rows[0].union(*rows[1:], all=True).order_by(*order))
        kept = self.__dict__.setdefault("_prefetched_objects_cache", {})
        for number, (link, model) in enumerate(zip(LINKS, models_, strict=True)):
            terms = getattr(self, link).all()
            # As prefetch_related() leaves it, which would ask four times.
            terms._result_cache = [
                model.from_db(terms.db, named, row[1 : 1 + len(named)])
                for row in found
                if row[0] == number
            ]
            terms._prefetch_done = True
            kept[link] = terms

    def share_links(self):
        """Give each translation of this original the same four sets of terms."""
        for translation in self.translations.all():
            translation.take_links(self)

    def take_links(self, release):
        for link in LINKS:
            getattr(self, link).set(getattr(release, link).all())

    share_links.alters_data = take_links.alters_data = True


def unless_published(name, value):
    """The expression that sets a column to value where the release was never published yet."""
    column = PressRelease._meta.get_field(name)
    is_free = models.When(state__in=BEFORE, then=models.Value(value, output_field=column))
    return models.Case(is_free, default=models.F(name), output_field=column)


for _link in LINKS:
    # A term in use cannot be deleted by any route: the rows of the link protect it.
    _field = PressRelease._meta.get_field(_link)
    _through = _field.remote_field.through
    _through._meta.get_field(
        _field.m2m_reverse_field_name()
    ).remote_field.on_delete = models.PROTECT


def settle_others(release):
    """PressRelease.settle() but for body and text: for who has sanitised the one and made the other of it.

    release: anything with its columns, to spare an import the making of a model.
    """
    for name in ("title", "summary", "dateline"):
        setattr(release, name, " ".join(without_controls(getattr(release, name)).split()))
    release.slug = slugify(release.slug, allow_unicode=True)[:100] or slug_for(release.title)
    if not release.legacy_url.startswith(("https://", "http://")):
        release.legacy_url = ""
    if release.published_at and release.precision == Precision.DAY:
        release.published_at = midnight(day_of(release.published_at))


def slug_for(title):
    """Up to 80 characters of the title, cut between words. Titles recur, so slugs do too.

    An address names a release by its id; the slug is for people.
    """
    slug = slugify(title, allow_unicode=True)
    if len(slug) > 80:
        slug = slug[:81].rsplit("-", 1)[0][:80]
    return slug or "release"
