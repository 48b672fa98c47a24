from django.db import models, transaction
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from .search.store import store
from .workflow import BEFORE, State

# What people write, with the language, by which it is looked up.
TEXTS = {"title", "summary", "dateline", "body", "slug", "language"}
# What the page of a release shows beside its own columns.
ON_PAGE = [
    "sources__names",
    "fields_of_work__names",
    "countries__names",
    "meetings__names",
    "images",
    "attachments",
    "contact_rows",
]
# What a line of a list shows.
LINE = [
    *("kind", "language", "title", "slug", "summary", "published_at", "precision", "is_sample"),
    *("corrected_at", "first_published_at"),  # whether it is marked as corrected
]
DERIVED = {"text"}  # what follows from it


def is_public(at):
    """Published, or withdrawn with its notice, and due."""
    # What was withdrawn before its hour never was public, and never becomes so.
    withdrawn = Q(state=State.WITHDRAWN, withdrawn_at__gte=F("published_at"))
    return (Q(state=State.PUBLISHED) | withdrawn) & Q(published_at__lte=at)


class PressReleaseQuerySet(models.QuerySet):
    """Every question we ask about releases. at is the time for which it is asked, never now by itself."""

    def public(self, at):
        """What may be read at its address: published, or withdrawn with its notice."""
        return self.filter(is_public(at))

    def with_public(self, at):
        """Each says whether it is public, as is_public_now."""
        case = Case(When(is_public(at), then=True), default=False, output_field=BooleanField())
        return self.annotate(is_public_now=case)

    def listed(self, at):
        """What lists, counts, search and feeds may show: public, and not withdrawn."""
        return self.filter(state=State.PUBLISHED, published_at__lte=at)

    def taken_away(self, at):
        """What was public once, and whose address has to say what became of it."""
        # Made a draft again it is still away, until it is public again: another answer would tell
        # readers that somebody works on it, or that it has an hour.
        again = Q(state__in=BEFORE, first_published_at__isnull=False, corrects=None)
        reopened = self._log().filter(release=OuterRef("pk"), action="reopen")
        with_an_hour = Q(Exists(reopened), state=State.PUBLISHED, published_at__gt=at)
        return self.filter(Q(state=State.UNPUBLISHED) | again | with_an_hour)

    def _log(self):
        return self.model._meta.get_field("log").related_model.objects.order_by("-at")

    def answering(self, at):
        """What has something to say at its address: public, or taken away."""
        return self.public(at) | self.taken_away(at)

    def taken_since(self, since, at):
        """What was public and was withdrawn or unpublished after since, at taken_at; the last first."""
        unpublished = (
            self._log().filter(release=OuterRef("pk"), action="unpublish").values("at")[:1]
        )
        withdrawn = self.filter(state=State.WITHDRAWN, withdrawn_at__gte=F("published_at"))
        taken = withdrawn | self.taken_away(at)
        taken = taken.annotate(taken_at=Coalesce("withdrawn_at", Subquery(unpublished)))
        return taken.filter(taken_at__gt=since).order_by("-taken_at", "-pk")

    def featured(self):
        """What editors put first on the home page; combined with listed()."""
        return self.filter(is_featured=True)

    def within(self, reach):
        """What belongs to the desks of a reach (desks.py)."""
        return self if reach.is_everywhere else self.filter(desk__in=reach.desks)

    def once_each(self, at):
        """Without translations of what is listed itself."""
        original = self.model.objects.listed(at).filter(pk=OuterRef("translation_of"))
        return self.filter(~Exists(original))

    def filed_under(self, link, pks):
        """Releases whose link, one of the many-to-many fields, leads to what a filter by pks covers."""
        field = self.model._meta.get_field(link)
        scope = field.related_model.objects.scope(pks)
        # A subquery, not a join: one release may sit under several terms of a branch.
        through = field.remote_field.through.objects.filter(
            **{f"{field.m2m_reverse_field_name()}__in": scope}
        )
        return self.filter(pk__in=through.values(field.m2m_field_name()))

    def untagged(self, link):
        """Releases that lead nowhere by link."""
        field = self.model._meta.get_field(link)
        tagged = field.remote_field.through.objects.values(field.m2m_field_name())
        return self.exclude(pk__in=tagged)

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def for_lists(self, *, with_text=False):
        """With nothing but what a line of a list shows. with_text: for excerpts."""
        return self.only(*LINE, "text") if with_text else self.only(*LINE)

    def for_page(self):
        """With all that the page of a release shows."""
        return self.prefetch_related(*ON_PAGE)

    def update(self, **values):
        if refused := (TEXTS | DERIVED) & set(values):
            raise TypeError(
                f"{', '.join(sorted(refused))}: save each release: more follows from it."
            )
        return super().update(**values)

    def bulk_create(self, objs, *args, ignore_conflicts=False, **kwargs):
        if ignore_conflicts:
            raise TypeError(
                "Rows that are passed over have no id, and no search data would be kept."
            )
        objs = list(objs)
        for release in objs:
            release.settle()
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            store(created, using=self.db)
        return created

    update.alters_data = bulk_create.alters_data = True


class PreviewLinkQuerySet(models.QuerySet):
    def living(self, at):
        """What was neither revoked nor is over; whether the release is public is asked of the release."""
        return self.filter(revoked_at=None, expires_at__gt=at)


class CountrySuggestionQuerySet(models.QuerySet):
    def waiting(self):
        """Neither confirmed nor rejected, nor given by somebody in another way meanwhile."""
        tagged = self.model._meta.get_field("release").related_model.countries.through.objects
        has_it = tagged.filter(pressrelease=OuterRef("release"), country=OuterRef("country"))
        return self.filter(~Exists(has_it), status="pending")

    def within(self, reach):
        """Of the releases of the desks of a reach (desks.py)."""
        return self if reach.is_everywhere else self.filter(release__desk__in=reach.desks)
