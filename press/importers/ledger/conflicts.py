"""Deciding about conflicts: a release that somebody edited here, and whose source changed too."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from types import SimpleNamespace

from django.db import transaction
from django.utils import timezone

from ...models import Action, Decision, ImportItem, PressRelease
from ...revisions import difference, differences, record, without_each_other
from ...running import one_at_a_time
from ..matching.countries import Countries
from ..matching.terms import Matcher
from ..prepare import TEXTS, prepare
from ..readers.item import Capture
from ..run import Options
from ..sources.beside import Nowhere
from ..writing.releases import LABELS, link


class NotDecided(Exception):
    """Why nothing was decided, for whoever wanted to."""


@dataclass
class Source:
    """What a conflict was read from, and what that means."""

    capture: Capture
    prepared: object


def source_of(item):
    """The Source that the ledger kept of item; None without one that reads as it did then."""
    if item.raw is None:
        return None
    capture = Capture(
        path=item.path,
        data=bytes(item.raw),
        is_row=item.is_row,
        url=item.url,
        captured_at=item.captured_at,
        language=item.language,
        folder=Nowhere(),
    )
    work = {"matcher": Matcher(), "countries": Countries.load(), "language": item.language}
    found = prepare(item.position, capture, item.payload, **work)
    return Source(capture, found) if found.digest == item.digest else None


def compared(release, source):
    """[{label, and parts or removed and added}] of what differs: ours first, then the source's."""
    values = source.prepared.values
    ours, theirs = texts_in({name: getattr(release, name) for name in TEXTS}), texts_in(values)
    found = differences(ours, theirs)
    if ours["legacy_url"] != theirs["legacy_url"]:
        parts = difference(ours["legacy_url"], theirs["legacy_url"], grains=())
        found.append({"label": "Old address", "parts": parts})
    labels = [printed(each) for each in (release.legacy_labels, values["legacy_labels"])]
    if labels[0] != labels[1]:
        found.append({"label": "Labels as printed", **without_each_other(*labels)})
    return found


def texts_in(values):
    """Of values what an import writes for readers, as a snapshot has it."""
    at = values["published_at"]
    held = {name: values[name] for name in TEXTS}
    return held | {"published_at": at and at.astimezone(UTC).isoformat()}


def printed(labels):
    """{(name, value): both in words}"""
    return {
        (name, value): f"{name}: {value}" for name, values in labels.items() for value in values
    }


def take(item, *, by, version):
    """Let the source's text replace ours, as a change of by. version: of the release, as by saw it.

    The release counts as not edited from then on: the next import may change it. A draft stays one.
    Raises NotDecided, AlreadyRunning.
    """
    with held(item, version) as release:
        if release.redactions.exclude(carried_out_at=None).exists():
            raise NotDecided(
                "Something was removed from it for legal reasons: it cannot come back."
            )
        source = source_of(item)
        if not source:
            raise NotDecided("What the source said is not known any more: import it again.")
        values = source.prepared.values
        if release.published_at and not values["published_at"]:
            raise NotDecided("It has no date any more, and a release that was dated keeps one.")
        record(release, by=None)
        for name in [*TEXTS, *LABELS]:
            setattr(release, name, values[name])
        release.save(update_fields=[*TEXTS, *LABELS])
        release.log.create(
            action="import", by=by, note=f"The source’s text was taken ({item.run})."
        )
        release.origin.linked = []
        release.origin.lacks_files = bool(
            source.prepared.record.pictures
        )  # the next import has them
        run = SimpleNamespace(row=item.run, options=Options())
        link(run, release, source.prepared, source.capture)
        record(release, by=by)
        close(item, Decision.SOURCE, by)


def keep(item, *, by, version):
    """Let our text stand: what the source says now is no conflict any more, until it changes again.

    Raises NotDecided, AlreadyRunning.
    """
    with held(item, version) as release:
        origin = release.origin
        origin.payload, origin.digest = item.payload, item.digest
        origin.captured_at = item.captured_at or origin.captured_at
        origin.save(update_fields=["payload", "digest", "captured_at"])
        release.log.create(action="import", by=by, note=f"Our text was kept ({item.run}).")
        close(item, Decision.OURS, by)


@contextmanager
def held(item, version):
    """The release about which to decide, locked, in a transaction and with the lock of imports."""
    with one_at_a_time(), transaction.atomic():
        here = PressRelease.objects.select_for_update(of=["self"])
        release = here.select_related("origin", "translation_of").filter(pk=item.release_id).first()
        if against := stands_against(item, release):
            raise NotDecided(against)
        if release.version != version:
            raise NotDecided("It was changed meanwhile: look at the differences again.")
        yield release


def stands_against(item, release):
    """Why nobody can decide about item, or ""."""
    if not release:
        return "The release is gone."
    if not ImportItem.objects.filter(pk=item.pk, action=Action.CONFLICT, decision="").exists():
        return "It was decided already."
    later = release.import_items.filter(
        pk__gt=item.pk, action__in=[Action.UPDATED, Action.CONFLICT]
    )
    return "A later import has read the item again: decide there." if later.exists() else ""


def close(item, decision, by):
    """What earlier imports asked about the same release is answered too."""
    waiting = ImportItem.objects.filter(
        release=item.release_id, action=Action.CONFLICT, decision="", pk__lte=item.pk
    )
    waiting.update(decision=decision, decided_by=by, decided_at=timezone.now())
