"""Counts by plain queries: what the index is held against, and nothing that a page waits for."""

from collections import defaultdict

from django.db.models import Count

from ..filters import DIMENSIONS, TermDimension
from ..models import PressRelease
from .result import Result, in_order


def query(selection, match, page, *, at):
    """selection: a Selection; match: what its words match, or None; page: from 1; at: the time."""
    listed = PressRelease.objects.listed(at)
    if match is not None:
        listed = match.narrow(listed)
    found = selection.narrow(listed)
    counts = {
        name: count(dimension, selection.narrow(listed, ignoring=name).order_by())
        for name, dimension in DIMENSIONS.items()
    }
    if "year" not in selection.choices:
        counts["month"] = {}
    ordered = found.newest_first().values_list("pk", flat=True)
    ids = in_order(selection, match, page, lambda start, stop: list(ordered[start:stop]))
    return Result(ids=ids, total=found.count(), counts=counts)


def count(dimension, queryset):
    if isinstance(dimension, TermDimension):
        return count_terms(dimension, queryset)
    return dict(queryset.values_list(dimension.field_name).annotate(Count("pk")))


def count_terms(dimension, queryset):
    """Each term counts the releases that a filter by it finds, each once."""
    field = PressRelease._meta.get_field(dimension.field_name)
    pairs = field.remote_field.through.objects.filter(
        **{f"{field.m2m_field_name()}__in": queryset.values("pk")}
    ).values_list(field.m2m_column_name(), field.m2m_reverse_name())
    covering = dimension.term_model.objects.covering()
    releases = defaultdict(set)
    tagged = set()
    for release, term in pairs:
        tagged.add(release)
        for each in covering[term]:
            releases[each].add(release)
    counts = {term: len(found) for term, found in releases.items()}
    if untagged := queryset.count() - len(tagged):
        counts[None] = untagged
    return counts
