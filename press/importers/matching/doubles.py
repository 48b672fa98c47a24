"""Releases that seem to be one under two addresses: told with both, and joined by people only."""

from datetime import timedelta
from itertools import chain

from django.db.models import Func, IntegerField, Q
from rapidfuzz import fuzz

from osce_cms.days import day_of
from osce_cms.text import fold

from ...models import Action, Precision, PressRelease
from ...workflow import State
from ..messages import message

ALIKE = 95  # of 100: one text, but for a correction or a line of contacts
ONE_DAY = timedelta(days=1)
LEAST_SIZE = 0.9  # of the larger text, for the smaller one to be so much alike
MOST = 50  # releases of a day and language whose texts are compared: each with each other one
# Bytes of texts that are compared: notices have few words to differ in, and long texts take long.
SIZES = range(500, 30_000)


class Size(Func):
    """Of a text in bytes, for which PostgreSQL need not unpack it; on SQLite in characters."""

    function = "octet_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="length", **context)


def tell_doubles(outcomes):
    """Add a Message to each Outcome of a batch whose release seems to be one that was here before it.

    In two queries. What has no day is not looked at.
    """
    new = {each.release.pk: each for each in outcomes if is_news(each)}
    if not new:
        return
    days = {each.release.published_at for each in new.values()}
    for pk, code, other in doubles_of(new.keys(), days):
        known_as = other.legacy_url or other.origin__path or f"No. {other.pk}"
        new[pk].messages.append(message(code, known_as))


def is_news(outcome):
    """Whether its release has a day, and came or was changed in what makes a double."""
    release = outcome.release
    if not (release and release.published_at):
        return False  # also what an earlier batch of a dry run would have created: it is not there
    if outcome.action != Action.UPDATED:
        return outcome.action == Action.CREATED
    before = outcome.undo["values"]
    return any(before[name] != getattr(release, name) for name in ("title", "body", "published_at"))


def doubles_of(new, days):
    """(id, code, the other release) for each of the ids in new that has a double on one of days.

    days: moments at which they begin.
    """
    # What is new comes after what is not.
    groups = [
        sorted(group, key=lambda row: row.pk in new) for group in of_one_day_and_language(days)
    ]
    told = {}
    for each, other in chain.from_iterable(same_titles(group, new) for group in groups):
        told.setdefault(each.pk, ("same_title", other))
    pairs = [pair for group in groups for pair in of_one_size(group, new) if pair[0].pk not in told]
    pks = {each.pk for pair in pairs for each in pair}
    texts = dict(PressRelease.objects.filter(pk__in=pks).values_list("pk", "text"))
    for each, other in pairs:
        # Somebody may delete one of them meanwhile.
        both = texts.get(each.pk, ""), texts.get(other.pk, "")
        if all(both) and fuzz.ratio(*both, score_cutoff=ALIKE):
            told.setdefault(each.pk, ("same_text", other))
    return [(pk, *found) for pk, found in told.items()]


def of_one_day_and_language(days):
    """Lists of rows, the oldest release first."""
    # The archive knows days only, the desk has times.
    of_desk = Q(precision=Precision.MINUTE, published_at__range=(min(days), max(days) + ONE_DAY))
    rows = PressRelease.objects.filter(Q(published_at__in=days) | of_desk).order_by("pk")
    rows = rows.exclude(state=State.UNPUBLISHED)
    columns = ("pk", "language", "published_at", "title", "legacy_url", "origin__path", "size")
    groups = {}
    for row in rows.annotate(size=Size("text")).values_list(*columns, named=True):
        groups.setdefault((day_of(row.published_at), row.language), []).append(row)
    return groups.values()


def same_titles(group, new):
    """(row of a new release, the first other row with its title)."""
    first = {}
    for row in group:
        other = first.setdefault(fold(row.title) or row.pk, row)
        if other is not row and row.pk in new:
            yield row, other


def of_one_size(group, new):
    """Pairs of rows, a new one first, whose texts can be as like as ALIKE."""
    if len(group) > MOST:
        return
    rows = [row for row in group if row.size in SIZES]
    for place, row in enumerate(rows):
        if row.pk not in new:
            continue
        for other in rows[:place]:
            smaller, larger = sorted([row.size, other.size])
            if smaller >= LEAST_SIZE * larger:
                yield row, other
