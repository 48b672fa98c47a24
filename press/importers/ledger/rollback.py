"""Undoing what one import did. Nothing that a person touched since is touched here."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError, Q, RestrictedError
from django.utils import timezone

from ...models import LINKS, Action, ImportItem, PressRelease, ReleaseLog, Revision, RunStatus
from ...running import one_at_a_time
from ..patience import patiently
from ..prepare import digest
from ..writing.families import members_of, named_by, shared_nodes
from ..writing.links import LINKED, relink

BATCH = 100  # releases of one transaction
PEOPLE = Q(by__isnull=False)  # in logs and revisions; an import is nobody
# A decision about a label is none about the releases that had it.
WORK = PEOPLE & ~Q(action="decide_label")
OUTCOMES = ["deleted", "restored", "kept", "gone"]


@dataclass
class Undone:
    """What became of one item: one of OUTCOMES, and why it was kept."""

    item: ImportItem
    outcome: str
    reason: str = ""


def roll_back(run, *, apply=False, tell=lambda undone: None, stop=lambda: False):
    """Counter of OUTCOMES. apply: do it; otherwise each batch is taken back again.

    Deleted is what the run created, restored what it updated; kept what a person or a later import
    changed since. stop: asked after each batch; what is undone stays so, and the next call goes on.
    run.status tells whether all is done. Raises AlreadyRunning, patience.StillBusy.
    """
    counts = Counter()
    with one_at_a_time():
        run.refresh_from_db()
        if run.status == RunStatus.ROLLED_BACK:
            return counts
        for items in batches(run):
            undone = patiently(lambda these=items: undo_all(run, these, apply))
            counts.update(each.outcome for each in undone)
            for each in undone:
                tell(each)
            if stop():
                break
        if apply:
            # Nothing leads to what was deleted, also where this is not the end.
            relink(those=LINKED)
        if apply and not left_of(run).exists():
            finish(run)
    return counts


def left_of(run):
    """The items that a rollback of run has to deal with still."""
    if run.status == RunStatus.ROLLED_BACK:
        return run.items.none()
    wrote = run.items.filter(action__in=[Action.CREATED, Action.UPDATED])
    return wrote.filter(pk__lt=run.undone_to) if run.undone_to else wrote


def batches(run):
    """What is left to undo, the last first: translations go before their originals."""
    left, last = left_of(run).order_by("-pk"), None
    while True:
        page = list(left.filter(pk__lt=last)[:BATCH] if last else left[:BATCH])
        if not page:
            return
        yield page
        last = page[-1].pk


@transaction.atomic
def undo_all(run, items, apply):
    deleted = delete_all(standing_alone(run, items))
    undone = [deleted.get(item.pk) or undo(run, item) for item in items]
    if apply:
        run.status, run.undone_to = RunStatus.ROLLING_BACK, items[-1].pk
        run.save(update_fields=["status", "undone_to"])
    else:
        transaction.set_rollback(True)
    return undone


def finish(run):
    run.listed.all().delete()
    run.status, run.finished_at = RunStatus.ROLLED_BACK, timezone.now()
    run.save(update_fields=["status", "finished_at"])


def held(pks):
    here = PressRelease.objects.select_for_update(of=["self"]).select_related("origin")
    return here.in_bulk(pks)


# New releases to which nothing is joined, as most are: all at once.


def standing_alone(run, items):
    """Those of items whose releases the run created, nobody touched, and no translation belongs to."""
    times = Counter(item.release_id for item in items)
    created = [i for i in items if i.action == Action.CREATED and times[i.release_id] == 1]
    releases = held([item.release_id for item in created if item.release_id])
    joined = {
        pk
        for rows, name in [
            (PressRelease.objects.filter(translation_of__in=releases), "translation_of"),
            (ReleaseLog.objects.filter(WORK, release__in=releases), "release"),
            (Revision.objects.filter(PEOPLE, release__in=releases), "release"),
        ]
        for pk in rows.order_by().values_list(name, flat=True)
    }
    shared = shared_nodes({each.origin.node for each in releases.values()} - {""})
    return [
        item
        for item in created
        if (release := releases.get(item.release_id))
        and release.pk not in joined
        and not release.translation_of_id
        and release.origin.node not in shared
        and not overtaken(run, release)
    ]


def delete_all(items):
    """{pk of item: Undone}; nothing when one of them is needed elsewhere: then each is looked at."""
    try:
        with transaction.atomic():
            PressRelease.objects.filter(pk__in=[item.release_id for item in items]).delete()
    except (ProtectedError, RestrictedError):
        return {}
    return {item.pk: Undone(item, "deleted") for item in items}


# All others, one by one.


def undo(run, item):
    release = held([item.release_id]).get(item.release_id) if item.release_id else None
    if not release:
        return Undone(item, "gone")
    if reason := overtaken(run, release) or worked_on(item, release):
        return Undone(item, "kept", reason)
    try:
        with transaction.atomic():
            if item.action == Action.CREATED:
                return delete(item, release)
            return restore(item, release)
    except (ProtectedError, RestrictedError):
        return Undone(item, "kept", "something else needs it")


def overtaken(run, release):
    """Why the texts of a release are not as the run left them, or ""."""
    if release.origin.run_id != run.pk:
        return "a later import changed it"
    if digest(release, release.origin.linked) != release.origin.digest:
        return "somebody edited it"
    return ""


def worked_on(item, release):
    """Why a person's work would be lost with a release, or ""."""
    since = Q()
    if item.action == Action.UPDATED:  # what was done before is there again afterwards
        since = Q(at__gte=datetime.fromisoformat(item.undo["at"]))
    log, revisions = release.log.filter(WORK, since), release.revisions.filter(PEOPLE, since)
    if log.exists() or revisions.exists():
        return "somebody worked on it"
    return ""


def delete(item, release):
    """Take a new release away; the rest of its family is as it was without it."""
    origin = release.origin
    family = members_of([origin.node])[origin.node] if origin.node else []
    rest = [each for each in family if each.pk != release.pk]
    if rest:
        leave(release, family, rest)
    PressRelease.objects.filter(pk=release.pk).delete()
    return Undone(item, "deleted")


def leave(release, family, rest):
    before, after = named_by(family), named_by(rest)
    followers = list(release.translations.order_by("pk"))
    original = release.translation_of or (followers[0] if followers else None)
    if not original:
        return
    for each in followers:
        # The oldest is the original again, as it was before the English text came.
        here = None if each.pk == original.pk else original
        PressRelease.objects.filter(pk=each.pk).update(translation_of=here)
    if followers:
        original.translation_of = None
    for link in LINKS:
        getattr(original, link).remove(*before[link] - after[link])
    original.share_links()


def restore(item, release):
    """Put back what an update found. The version goes on: forms and caches know the present one."""
    undo, origin = item.undo, release.origin
    if values := undo.get("values"):
        for name, value in values.items():
            setattr(release, name, value)
        at = values["published_at"]
        release.published_at = at and datetime.fromisoformat(at)
        if undo["state"] != release.state:  # first: what is public has a date
            PressRelease.objects.filter(pk=release.pk).update(state=undo["state"])
            release.state = undo["state"]
        release.save(update_fields=list(values))
        refile(release, undo["origin"]["named"])
        for name, value in undo["origin"].items():
            setattr(origin, name, value)
        origin.save()
    for relation in ("images", "attachments"):
        getattr(release, relation).filter(pk__in=undo.get(relation, [])).delete()
    release.legacy_urls.filter(address__in=undo.get("addresses", [])).delete()
    release.log.create(action="import", note=f"Undone: {item.run}.")
    return Undone(item, "restored")


def refile(release, named):
    """File the family of release as its labels said before."""
    node = release.origin.node
    family = members_of([node])[node] if node else [release]
    now = named_by(family)
    for each in family:
        if each.pk == release.pk:
            each.origin.named = named
    before = named_by(family)
    original = release.translation_of or release
    for link in LINKS:
        terms = getattr(original, link)
        terms.remove(*now[link] - before[link])
        terms.add(*before[link] - now[link])
    original.share_links()
