"""Which releases hold what a reader typed."""

from dataclasses import dataclass

from django.db import OperationalError, connections, router
from django.db.models.expressions import RawSQL

from ..packed import unpacked
from . import schema
from .models import SearchText
from .query import in_all_languages, in_one_variant, variants
from .ranking import ranked
from .schema import FTS
from .snippets import highlight, snippet

FOUND = {
    "postgresql": f"SELECT unnest({schema.FOUND}(%s::tsquery))",
    "sqlite": f"SELECT rowid FROM {FTS} WHERE {FTS} MATCH %s",  # noqa: S608
}
# One value for all ids: a row for each would cost more than looking them up.
PACKED = {
    "postgresql": f"SELECT %s::int, {schema.PACKED}(%s::tsquery)",
    "sqlite": f"SELECT %s, group_concat(rowid) FROM {FTS} WHERE {FTS} MATCH %s",  # noqa: S608
}
# In the same round trip; it ends with the statement, which is a transaction of its own. Only a phrase
# of words that are everywhere in a million releases takes so long.
AT_MOST = "SET LOCAL statement_timeout = '3s'; "


CANCELLED = "57014"  # PostgreSQL's code


class TooCostly(Exception):
    """The database was stopped before it had found all that matches."""


@dataclass(frozen=True)
class Found:
    """parts: (codes of languages or None for all, ids): what matches if it is in those languages.

    With is_complement a release matches when it is not in the part of its language.
    """

    parts: list
    is_complement: bool


def match(query):
    """A Match; None when query holds no words at all."""
    found = variants(query)
    return Match(found) if found else None


@dataclass(frozen=True)
class Match:
    key: tuple  # the variants; equal for queries that ask the same

    @property
    def is_complement(self):
        """Whether there are only exclusions."""
        return not self.key[0][1].required

    def ids(self):
        """Found, in one statement; of all releases, whoever may see them. Raises TooCostly."""
        connection = connections[router.db_for_read(SearchText)]
        vendor = connection.vendor
        sql = " UNION ALL ".join([PACKED[vendor]] * len(self.key))
        params = []
        for number, (languages, variant) in enumerate(self.key):
            params += [number, in_one_variant(languages, variant, vendor)]
        is_limited = vendor == "postgresql" and not connection.in_atomic_block
        try:
            with connection.cursor() as cursor:
                cursor.execute(AT_MOST + sql if is_limited else sql, params)
                if is_limited:
                    cursor.nextset()
                packed = dict(cursor.fetchall())
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") == CANCELLED:
                raise TooCostly from error
            raise
        parts = [
            (languages, unpacked(packed[number])) for number, (languages, _) in enumerate(self.key)
        ]
        return Found(parts, self.is_complement)

    def narrow(self, queryset):
        """Those of a queryset of releases that match."""
        vendor = connections[queryset.db].vendor
        found = RawSQL(FOUND[vendor], [in_all_languages(self.key, vendor)])  # noqa: S611
        if self.is_complement:
            return queryset.exclude(pk__in=found)
        return queryset.filter(pk__in=found)

    def rank(self, ids):
        """ids, those first that hold the words in their titles, then summaries; in one statement."""
        return list(ids) if self.is_complement else ranked(ids, self.variant_in)

    def snippet(self, release):
        """The best part of the text of release, escaped, its words marked."""
        return snippet(self.variant_in(release.language), release)

    def highlight(self, text, language):
        """All of text, escaped, its words marked."""
        return highlight(self.variant_in(language), text, language)

    def variant_in(self, language):
        for languages, variant in self.key:
            if languages is None or language in languages:
                return variant
        return self.key[0][1]
