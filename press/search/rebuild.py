"""Writes the search rows of many releases, beside editors who go on working."""

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import F

from taxonomy.models import ContentVersion

from .models import SearchText
from .schema import TABLE
from .store import store

CHUNK = 200  # releases that are locked at once, for a fraction of a second
READ = ["language", "title", "summary", "dateline", "text"]


def rebuild(using=DEFAULT_DB_ALIAS, only_missing=False):
    """Write the rows anew, chunk by chunk from the oldest release on; yields the size of each chunk."""
    releases = all_releases(using)
    if only_missing:
        releases = releases.filter(search_text=None)
    last = 0
    while True:
        with transaction.atomic(using=using):
            # Locked, so that what an editor saves meanwhile comes before it is read or after it is
            # written. Links and logs of a locked release can still be written.
            chunk = list(
                releases.filter(pk__gt=last)
                .order_by("pk")
                .only(*READ)
                .select_for_update(of=["self"], no_key=True)[:CHUNK]
            )
            store(chunk, using)
            if chunk:
                forget_found(using)
        if not chunk:
            return
        last = chunk[-1].pk
        yield len(chunk)


def forget_found(using):
    """No release has changed, but what is remembered of earlier searches holds no more."""
    ContentVersion.objects.using(using).update(number=F("number") + 1)


def all_releases(using):
    return SearchText.release.field.related_model._base_manager.using(using)


def remove_orphans(using=DEFAULT_DB_ALIAS):
    """Delete the rows that a raw DELETE left behind on SQLite; their number."""
    rows = SearchText.objects.using(using)
    return rows.exclude(release__in=all_releases(using)).delete()[0]


def fill(using):
    """After a migration: give releases that have no row theirs, as all have that were there before 0003."""
    if TABLE in connections[using].introspection.table_names():
        for _ in rebuild(using, only_missing=True):
            pass
