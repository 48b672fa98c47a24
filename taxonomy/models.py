import secrets
from datetime import date

from django.core.validators import RegexValidator
from django.db import models, router
from django.db.models import Q
from django.urls import reverse

from osce_cms.languages import Language

from .tree import TreeManager, TreeModel, TreeQuerySet, tree_write


def random_epoch():
    return secrets.token_hex(16)


class ContentVersion(models.Model):
    """One number that grows with every change of what readers can see; triggers count it."""

    number = models.BigIntegerField(default=0)
    trees = models.BigIntegerField(default=0)  # the number at the last change of any tree
    epoch = models.CharField(max_length=32, default=random_epoch)  # numbers of two do not compare

    def __str__(self):
        return str(self.number)

    @classmethod
    def current(cls):
        return cls.objects.values_list("number", flat=True).first() or 0

    @classmethod
    def begin_epoch(cls):
        """Say that anything may have changed: whoever keeps something in memory reads all of it again."""
        cls.objects.update_or_create(pk=1, defaults={"epoch": random_epoch()})


class TermQuerySet(TreeQuerySet):
    def scope(self, pks):
        """Of this queryset, what a filter by pks covers."""
        return self.branch(pks)

    def covers(self):
        """{pk: the pks of the terms that cover it directly}; a filter by one of those finds it too."""
        parents = self.order_by().values_list("pk", "parent_id")
        return {pk: [parent] if parent else [] for pk, parent in parents}

    def covering(self):
        """{pk: the pks of all terms whose filter finds it, itself included}."""
        direct, covering = self.covers(), {}
        for pk in direct:
            found, new = {pk}, [pk]
            while new:
                new = [each for one in new for each in direct[one] if each not in found]
                found.update(new)
            covering[pk] = found
        return covering

    def ways_to(self, terms):
        """{pk: where each of terms stands: “Human dimension › Elections”}, in one statement."""
        above = self.above([term.pk for term in terms]).order_by()
        known = {term.pk: term for term in above.only("name", "parent")}
        found = {}
        for term in terms:
            names, parent = [str(term)], known.get(term.parent_id)
            while parent:
                names.insert(0, parent.name)
                parent = known.get(parent.parent_id)
            found[term.pk] = " › ".join(names)
        return found

    def at_addresses(self, slugs):
        """{slug: term} for present slugs, and for former ones those that stand for them today."""
        found = {term.slug: term for term in self.filter(slug__in=slugs)}
        gone = [slug for slug in slugs if slug not in found]
        if gone:
            for term in self.filter(former__slug__in=gone).prefetch_related("former"):
                found |= {each.slug: term for each in term.former.all() if each.slug in gone}
        return found


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
    slug = models.SlugField(
        max_length=100,
        unique=True,
        validators=[
            RegexValidator(r"^none$", "In addresses “none” means untagged.", inverse_match=True)
        ],
        help_text="Its place in addresses.",
    )
    description = models.TextField(blank=True)
    is_closed = models.BooleanField("closed", default=False)
    closed_on = models.DateField(null=True, blank=True, help_text="Only when it is known.")

    objects = TermManager()

    class Meta(TreeModel.Meta):
        abstract = True
        default_permissions = ["add", "change", "delete", "view", "merge"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(is_closed=True),
                name="%(app_label)s_%(class)s_closed_on_means_closed",
                violation_error_message="A term with a closing date is closed.",
            )
        ]

    def __str__(self):
        return f"{self.name} (closed)" if self.is_closed else self.name

    def save(self, **kwargs):
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with tree_write(using):
            stored = type(self)._base_manager.using(using).filter(pk=self.pk)
            before = set(stored.values_list("slug", flat=True))
            super().save(**kwargs)
            now = set(stored.values_list("slug", flat=True))
            former = type(self).former.rel.related_model.objects.using(using)
            # One redirect to where the term is now, never a chain, never over a living address.
            former.filter(slug__in=now).delete()
            for slug in before - now:
                former.create(slug=slug, term=self)

    save.alters_data = True

    def get_absolute_url(self):
        return reverse(self._meta.model_name, args=[self.slug])

    def name_on(self, day, language="en"):
        """Its former official name on day where the dates are known, else None.

        Of names of which only the end is known, the one that ended first after day. Wants names
        prefetched.
        """
        then = [
            name
            for name in self.names.all()
            if name.is_official and name.language == language and name.may_be_of(day)
        ]
        return min(then, key=lambda name: name.until).name if then else None

    def uses(self):
        """[(what, how many)] of what refers to this term and so protects it from being deleted.

        Never which: it may be a release that is not public.
        """
        found = []
        for relation in self._meta.related_objects:
            if not (relation.many_to_many or relation.on_delete is models.PROTECT):
                continue
            model = relation.related_model
            if count := model._base_manager.filter(**{relation.field.name: self.pk}).count():
                meta = model._meta
                found.append((meta.verbose_name if count == 1 else meta.verbose_name_plural, count))
        return found


class TermName(models.Model):
    """A name that a term had or has elsewhere: official ones are shown, all of them are recognised."""

    name = models.CharField(max_length=200)
    language = models.CharField(max_length=3, choices=Language, default=Language.ENGLISH)
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

    def may_be_of(self, day):
        """Whether day is before its known end, and not before its beginning."""
        return bool(self.until and day <= self.until and not (self.since and day < self.since))

    def overlaps(self, other):
        """Whether both surely were the name at once; where a date is missing nothing is sure."""
        first, last = sorted([self, other], key=lambda name: name.until or date.max)
        if not first.until:
            return False
        if first.until == last.until:
            return True
        if not last.since or last.since > first.until:
            return False
        return bool(last.until or (first.since and first.since <= last.since))


class FormerTerm(models.Model):
    """An address that a term had, or one of a term that was merged into it; it redirects for ever."""

    slug = models.SlugField(max_length=100, unique=True)
    code = models.SlugField(max_length=100, blank=True, help_text="Of a merged term, else empty.")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["slug"]

    def __str__(self):
        return self.slug


class FieldOfWork(Term):
    class Meta(Term.Meta):
        verbose_name = "field of work"
        verbose_name_plural = "fields of work"


class FormerFieldOfWork(FormerTerm):
    term = models.ForeignKey(FieldOfWork, on_delete=models.CASCADE, related_name="former")


class FieldOfWorkName(TermName):
    term = models.ForeignKey(FieldOfWork, on_delete=models.CASCADE, related_name="names")


class Meeting(Term):
    class Meta(Term.Meta):
        verbose_name = "kind of meeting"
        verbose_name_plural = "kinds of meetings"


class FormerMeeting(FormerTerm):
    term = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="former")


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
            return self.label_in_chair(year)
        return super().__str__()

    def label_in_chair(self, year):
        return f"{self.name} – OSCE Chairpersonship {year}"


class FormerCountry(FormerTerm):
    term = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="former")


class CountryName(TermName):
    term = models.ForeignKey(Country, on_delete=models.CASCADE, related_name="names")


class Chairpersonship(models.Model):
    """Who held the Chairpersonship of the organisation in which year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="chairpersonships")

    is_of_trees = True  # the label of a country names the year

    class Meta:
        ordering = ["-year"]

    def __str__(self):
        return f"{self.year}: {self.country}"
