from django.db import models
from django.db.models import F, Q

from .workflow import State

TEXTS = {"title", "summary", "dateline", "body", "slug"}  # what people write
DERIVED = {"text", "words"}  # what follows from it


class PressReleaseQuerySet(models.QuerySet):
    """Every question we ask about releases. at is the time for which it is asked, never now by itself."""

    def public(self, at):
        """What may be read at its address: published, or withdrawn with its notice."""
        # What was withdrawn before its hour never was public, and never becomes so.
        withdrawn = Q(state=State.WITHDRAWN, withdrawn_at__gte=F("published_at"))
        return self.filter(Q(state=State.PUBLISHED) | withdrawn, published_at__lte=at)

    def listed(self, at):
        """What lists, counts, search and feeds may show."""
        return self.public(at).exclude(state=State.WITHDRAWN)

    def originals(self):
        """Without translations."""
        return self.filter(translation_of=None)

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

    def containing(self, words):
        """Releases that hold each of words, which are folded."""
        condition = Q()
        for word in words:
            condition &= Q(words__contains=word)
        return self.filter(condition)

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def for_lists(self):
        """Without the long texts, with what a line of a list shows."""
        return self.defer("body", "text", "words").prefetch_related("sources")

    def update(self, **values):
        if refused := (TEXTS | DERIVED) & set(values):
            raise TypeError(f"{', '.join(sorted(refused))}: save each release, which sanitises it.")
        return super().update(**values)

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for release in objs:
            release.settle()
        return super().bulk_create(objs, *args, **kwargs)

    update.alters_data = bulk_create.alters_data = True
