"""Correcting a release that readers know: on a copy, which overwrites it in one transaction.

The copy goes through review like any release. It is never public itself, and is gone once it was published:
its log and its revisions go on as those of the release.
"""

from django.db import transaction
from django.utils import timezone

from .models import LINKS, ChangeNote, PressRelease
from .models.transitions import demanded
from .revisions import LABELS, changed, present, record, snapshot
from .workflow import TRANSITIONS, TransitionNotAllowed

# What a correction may change; public times, language and desk stay.
CORRECTED = ["title", "slug", "summary", "dateline", "body", "kind"]
OF_IMAGE = [
    *("file", "width", "height", "alt", "is_decorative", "caption", "credit", "position"),
    *("focal_x", "focal_y", "renditions"),
]
OF_ATTACHMENT = ["file", "kind", "size", "title", "language", "position"]
ROWS = {"images": OF_IMAGE, "attachments": OF_ATTACHMENT}


@transaction.atomic
def begin(release, *, by):
    """A copy of release to work on. Raises TransitionNotAllowed when there is one already."""
    if not release.is_public(timezone.now()):
        raise TransitionNotAllowed(
            f"“{release}” is not public: nobody has read what is wrong in it."
        )
    if release.corrections.exists():
        raise TransitionNotAllowed(f"A correction of “{release}” is open already.")
    # Of two people at once one moves it; the other has seen another version.
    release._move("correct", by=by)
    record(release, by=None)
    kept = {name: getattr(release, name) for name in [*CORRECTED, "language", "desk", "is_sample"]}
    copy = PressRelease.objects.create(corrects=release, **kept)
    copy.take_links(release)
    for rows in ROWS:
        for row, held in held_in(release, rows):
            getattr(copy, rows).create(copy_of=row, **held)
    copy.name_contacts(release.contacts)
    record(copy, by=by)
    return copy


def held_in(release, rows):
    """[(row, {column: what a copy has of it})] of the images, or the attachments, of release."""
    return [
        (row, {name: getattr(row, name) for name in ROWS[rows]})
        for row in getattr(release, rows).all()
    ]


def publish(copy, *, by, note="", is_minor=False):
    """Make readers see the correction, under a note of what was wrong unless it is minor.

    Returns the release that was corrected. Raises TransitionNotAllowed, and then nothing has changed.
    """
    copy.refuse_own_submission(by)
    return _publish("publish_correction", copy, by=by, note=note, is_minor=is_minor)


def force_publish(copy, *, by, reason, note="", is_minor=False):
    """Publish a correction without a second person, who looks at it afterwards."""
    reason = demanded(reason, "Say why nobody else can look at it before.")
    return _publish(
        "force_publish_correction", copy, by=by, note=note, is_minor=is_minor, reason=reason
    )


@transaction.atomic
def _publish(action, copy, *, by, note, is_minor, reason=""):
    if not copy.corrects_id:
        raise TransitionNotAllowed(f"“{copy}” is not a correction.")
    release = PressRelease.objects.select_for_update().get(pk=copy.corrects_id)
    if release.state not in TRANSITIONS["correct"][0]:
        raise TransitionNotAllowed(f"“{release}” is {release.stage.lower()}: nobody would read it.")
    base = copy.revisions.last()
    if base is None:  # of two people at once one comes second
        raise TransitionNotAllowed(f"“{copy}” was published or given up meanwhile.")
    refuse_if_changed(release, base.snapshot)
    copy.refuse_blocked(release.published_at)
    if not is_minor:
        note = demanded(note, "Say to readers what was corrected, or that it is a minor change.")
    said = " ".join(filter(None, [reason, "Minor change." if is_minor else f"To readers: {note}"]))
    copy._move(action, by=by, note=said)

    before = record(release, by=None) or release.revisions.first()
    overwrite(release, copy, is_corrected=not is_minor, needs_second_look=bool(reason))
    copy.log.exclude(action="hand_over").update(release=release)  # that the release has already
    # Without the first, which says what the release said.
    copy.revisions.exclude(pk=base.pk).update(release=release, is_of_correction=True)
    after = record(release, by=by) or release.revisions.first()
    if not is_minor:
        ChangeNote.objects.create(
            release=release, at=release.corrected_at, text=note, before=before, after=after
        )
    copy.delete()
    return release


def refuse_if_changed(release, base):
    """What came into the release past its correction, by an import, is not lost in silence."""
    names = [name for name in changed(base, snapshot(release)) if name not in LINKS]
    if not release.translation_of_id:
        # Of terms that were merged since, those that they are today.
        names += [
            link
            for link in LINKS
            if set(present(link, base[link])[0]) != set(getattr(release, link).all())
        ]
    if names:
        what = ", ".join(LABELS[name] for name in names)
        raise TransitionNotAllowed(
            f"“{release}” was changed since its correction was begun ({what}): begin another one."
        )


def follow_terms(release):
    """Of an open correction of release: what it was begun with has the terms that release has now."""
    for copy in release.corrections.all():
        base, now = copy.revisions.last(), snapshot(release)
        base.snapshot |= {link: now[link] for link in LINKS}
        base.save(update_fields=["snapshot"])


def overwrite(release, copy, *, is_corrected, needs_second_look):
    """Bring what the copy holds into the public release; its addresses and its times stay."""
    for name in CORRECTED:
        setattr(release, name, getattr(copy, name))
    fields = set(CORRECTED)
    if is_corrected:
        release.corrected_at = timezone.now()
        fields.add("corrected_at")
    if needs_second_look:
        release.needs_second_look = True
        fields.add("needs_second_look")
    release.save(update_fields=fields)
    for rows, names in ROWS.items():
        overwrite_rows(getattr(release, rows), getattr(copy, rows), names, release)
    release.name_contacts(copy.contacts)
    if not release.translation_of_id:  # else it has the terms of its original
        release.take_links(copy)
        release.share_links()


def overwrite_rows(rows, copies, names, release):
    """An image or an attachment that stays keeps its address."""
    known = {row.pk: row for row in rows.all()}
    for copy in copies.all():
        stays = known.pop(copy.copy_of_id, None)
        target = stays or rows.model(release=release)
        for name in names:
            # Not what is the same: a file that is set is read, and the archive has lost some.
            if getattr(target, name) != getattr(copy, name):
                setattr(target, name, getattr(copy, name))
        target.save()
    rows.filter(pk__in=known).delete()
