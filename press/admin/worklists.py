"""What waits for somebody: lists with a name, counted on the first page of the admin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone

from .. import translations
from ..desks import reach
from ..models import Contact, PressRelease, ReleaseLog, Revision
from ..workflow import BEFORE, State

MOST = 1000  # counted in one list; beyond, the first page says that there are more
RECENT = timedelta(days=30)
READ = timedelta(days=365)  # so long people call those whom a release names


@dataclass(frozen=True)
class Worklist:
    """name: in addresses. find(releases, person, now): which of them are in it, or of their contacts."""

    name: str
    label: str
    find: Callable
    of: str = "pressrelease"

    @property
    def address(self):
        return f"{reverse(f'admin:press_{self.of}_changelist')}?worklist={self.name}"


def waiting(releases, person, now):
    """In review where this person may publish what somebody else submitted; and given back to them."""
    last = ReleaseLog.objects.filter(release=OuterRef("pk"), action="submit").order_by("-at", "-pk")
    releases = releases.annotate(submitted_by=Subquery(last.values("by")[:1]))
    here = reach(person, "press.publish_pressrelease")
    to_publish = Q(state=State.IN_REVIEW) & (Q() if here.is_everywhere else Q(desk__in=here.desks))
    if settings.TWO_PERSONS:
        to_publish &= Q(submitted_by=None) | ~Q(submitted_by=person.pk)
    given_back = Q(state=State.CHANGES_REQUESTED, submitted_by=person.pk)
    waits = to_publish | given_back if here else given_back
    return releases.filter(state__in=[State.IN_REVIEW, State.CHANGES_REQUESTED]).filter(waits)


def mine(releases, person, now):
    written = Revision.objects.filter(release=OuterRef("pk"), by=person.pk)
    return releases.filter(Exists(written), state__in=BEFORE)


def today(releases, person, now):
    end = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    due = releases.filter(published_at__gt=now, published_at__lt=end + timedelta(days=1))
    return due.exclude(state__in=[State.WITHDRAWN, State.UNPUBLISHED])


def overdue(releases, person, now):
    return releases.filter(state__in=BEFORE, published_at__lte=now, legacy_key=None)


def untranslated(releases, person, now):
    """Originals of the last weeks that nobody has begun to translate."""
    recent = releases.listed(now).filter(published_at__gt=now - RECENT, translation_of=None)
    return recent.filter(translations=None)


def expiring(releases, person, now):
    """Contacts that end soon or have ended, and that a release in work or a recent one names."""
    recent = Q(state=State.PUBLISHED, published_at__gt=now - READ)
    naming = releases.filter(recent | Q(state__in=BEFORE), contact_rows__contact=OuterRef("pk"))
    return Contact.objects.expiring(timezone.localdate(now)).filter(Exists(naming.order_by()))


def out_of_date(releases, person, now):
    return translations.stale(releases).exclude(state=State.UNPUBLISHED)


WORKLISTS = [
    Worklist("waiting", "Waiting for you", waiting),
    Worklist("mine", "Yours, in work", mine),
    Worklist("today", "Due today", today),
    Worklist("overdue", "Past its time and not published", overdue),
    Worklist(
        "second-look",
        "Wait for a second look",
        lambda releases, person, now: releases.filter(needs_second_look=True),
    ),
    Worklist(
        "corrections",
        "Open corrections",
        lambda releases, person, now: releases.exclude(corrects=None),
    ),
    Worklist(
        "undated",
        "From the archive, without a date",
        lambda releases, person, now: releases.filter(
            state__in=BEFORE, legacy_key__isnull=False, published_at=None
        ),
    ),
    Worklist("untranslated", "New and not translated", untranslated),
    Worklist("stale", "Translations whose original changed", out_of_date),
    Worklist(
        "untagged",
        "Public, under no field of work",
        lambda releases, person, now: releases.listed(now).untagged("fields_of_work"),
    ),
    Worklist(
        "unmatched",
        "With labels of the archive that name no term",
        lambda releases, person, now: releases.exclude(unmatched_labels={}),
    ),
]
OF_CONTACTS = [Worklist("expiring", "Contacts that end soon or have ended", expiring, "contact")]


def counted(person, now):
    """[(Worklist, how many, whether there are more)] of those that are not empty, in one statement."""
    mine = PressRelease.objects.within(reach(person, "press.view_pressrelease"))
    lists = [*WORKLISTS, *OF_CONTACTS]
    found = [worklist.find(mine, person, now).order_by().values("pk") for worklist in lists]
    counts = [
        rows.model.objects.order_by()
        .filter(pk__in=rows[: MOST + 1])
        .annotate(worklist=Value(number))
        .values("worklist")
        .annotate(count=Count("pk"))
        .values_list("worklist", "count")
        for number, rows in enumerate(found)
    ]
    found = dict(counts[0].union(*counts[1:], all=True))
    return [
        (worklist, min(found[number], MOST), found[number] > MOST)
        for number, worklist in enumerate(lists)
        if found.get(number)
    ]


class WorklistFilter(admin.SimpleListFilter):
    title = "worklist"
    parameter_name = "worklist"
    template = "admin/press/branch_filter.html"

    worklists = WORKLISTS

    def lookups(self, request, model_admin):
        return [(worklist.name, worklist.label) for worklist in self.worklists]

    def choices(self, changelist):
        return ({**choice, "level": 0} for choice in super().choices(changelist))

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        for worklist in self.worklists:
            if worklist.name == self.value():
                return self.of(worklist, queryset, request.user, timezone.now())
        raise IncorrectLookupParameters(f"worklist: {self.value()}")

    def of(self, worklist, queryset, person, now):
        return worklist.find(queryset, person, now)


class ContactWorklistFilter(WorklistFilter):
    worklists = OF_CONTACTS

    def of(self, worklist, queryset, person, now):
        mine = PressRelease.objects.within(reach(person, "press.view_pressrelease"))
        return queryset.filter(pk__in=worklist.find(mine, person, now).values("pk"))
