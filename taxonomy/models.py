from django.db import models
from django.db.models import ProtectedError, Q
from django.urls import reverse

from .tree import TreeManager, TreeModel, TreeQuerySet


class TermQuerySet(TreeQuerySet):
    def delete(self):
        """Delete terms that nothing uses. Raises ProtectedError otherwise: links would vanish silently."""
        for term in self:
            term.refuse_when_used()
        return super().delete()

    delete.alters_data = True
    delete.queryset_only = True


class TermManager(TreeManager.from_queryset(TermQuerySet)):
    pass


class Term(TreeModel):
    """A node of one of the trees by which releases are found. Its order is set by hand."""

    code = models.SlugField(
        max_length=100,
        unique=True,
        help_text="What data files and imports call this term. It never changes.",
    )
    name = models.CharField(max_length=200, help_text="The official name of today.")
    slug = models.SlugField(max_length=100, unique=True, help_text="Its place in addresses.")
    description = models.TextField(blank=True)
    is_closed = models.BooleanField("closed", default=False)
    closed_on = models.DateField(null=True, blank=True, help_text="Only when it is known.")

    objects = TermManager()

    class Meta(TreeModel.Meta):
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(is_closed=True),
                name="%(app_label)s_%(class)s_closed_on_means_closed",
                violation_error_message="A term with a closing date is closed.",
            )
        ]

    def __str__(self):
        return f"{self.name} (closed)" if self.is_closed else self.name

    def get_absolute_url(self):
        return reverse(self._meta.model_name, args=[self.slug])

    def delete(self, *args, **kwargs):
        """Delete a term that nothing uses. Raises ProtectedError otherwise."""
        self.refuse_when_used()
        return super().delete(*args, **kwargs)

    delete.alters_data = True

    def refuse_when_used(self):
        if users := self.users():
            raise ProtectedError(f"“{self}” is in use.", set(users))

    def users(self):
        """What is filed under this term by a many-to-many link; foreign keys protect themselves."""
        found = []
        for relation in self._meta.related_objects:
            if relation.many_to_many:
                found += relation.related_model._base_manager.filter(
                    **{relation.field.name: self.pk}
                )[:5]
        return found


class TermName(models.Model):
    """A name that a term had or has elsewhere: official ones are shown, all of them are recognised."""

    name = models.CharField(max_length=200)
    language = models.CharField(max_length=3, default="en")
    is_official = models.BooleanField(
        "official",
        default=False,
        help_text="Otherwise it only helps to recognise labels of old pages.",
    )
    since = models.DateField(null=True, blank=True, help_text="Only when it is known.")
    until = models.DateField(null=True, blank=True, help_text="Only when it is known.")

    class Meta:
        abstract = True
        ordering = ["-is_official", "language", "since", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["term", "language", "name"], name="%(app_label)s_%(class)s_once"
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=models.F("until")),
                name="%(app_label)s_%(class)s_since_before_until",
                violation_error_message="A name cannot end before it begins.",
            ),
        ]

    def __str__(self):
        return self.name


class FieldOfWork(Term):
    class Meta(Term.Meta):
        verbose_name = "field of work"
        verbose_name_plural = "fields of work"


class FieldOfWorkName(TermName):
    term = models.ForeignKey(FieldOfWork, on_delete=models.CASCADE, related_name="names")


class Meeting(Term):
    class Meta(Term.Meta):
        verbose_name = "kind of meeting"
        verbose_name_plural = "kinds of meetings"


class MeetingName(TermName):
    term = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="names")


class CountryQuerySet(TermQuerySet):
    def with_chair(self, year):
        """With chair_year set on the country that holds the Chairpersonship in year."""
        chair = Chairpersonship.objects.filter(country=models.OuterRef("pk"), year=year)
        return self.annotate(chair_year=models.Subquery(chair.values("year")))


class Country(Term):
    iso = models.CharField(
        "ISO code",
        max_length=2,
        blank=True,
        help_text="ISO 3166-1, two letters. Empty for the groups.",
    )

    objects = TreeManager.from_queryset(CountryQuerySet)()

    class Meta(Term.Meta):
        verbose_name_plural = "countries"
        constraints = [
            *Term.Meta.constraints,
            models.UniqueConstraint(
                fields=["iso"], condition=~Q(iso=""), name="taxonomy_country_iso_once"
            ),
        ]

    def __str__(self):
        if year := getattr(self, "chair_year", None):
            return f"{self.name} – OSCE Chairpersonship {year}"
        return super().__str__()


class CountryName(TermName):
    term = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="names")


class Chairpersonship(models.Model):
    """Who held the Chairpersonship of the organisation in which year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="chairpersonships")

    class Meta:
        ordering = ["-year"]

    def __str__(self):
        return f"{self.year}: {self.country}"
