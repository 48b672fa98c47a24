"""What a release held at each saved change, how two of those differ, and a new draft made of one."""

import difflib
import re
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.formats import date_format

from osce_cms.languages import Language

from .models import LINKS, Contact, Kind, Precision, PressRelease
from .models.attachment import size_in_words

TEXTS = ["title", "summary", "dateline", "body", "slug"]
CHOICES = {"kind": Kind, "language": Language, "precision": Precision}
IMAGE = ["alt", "caption", "credit", "file"]
ATTACHMENT = ["title", "language", "size"]
LABELS = {  # of all that a snapshot holds, in the order in which differences are shown
    "title": "Title",
    "summary": "Summary",
    "dateline": "Dateline",
    "body": "Text",
    "kind": "Kind",
    "language": "Language",
    "published_at": "Public time",
    "precision": "Precision of the time",
    "slug": "Slug",
    "translation_of": "Translation of",
    "sources": "Sources",
    "fields_of_work": "Fields of work",
    "countries": "Countries",
    "meetings": "Meetings",
    "images": "Images",
    "attachments": "Attachments",
    "contacts": "Contacts",
}


def snapshot(release):
    """What release holds now. Terms and images are read from the database."""
    # A correction does not touch these; its revisions become revisions of what it corrects.
    kept = release.corrects or release
    at = kept.published_at
    return {
        **{name: getattr(release, name) for name in [*TEXTS, *CHOICES]},
        "published_at": at and at.astimezone(UTC).isoformat(),
        "precision": kept.precision,
        "translation_of": kept.translation_of_id,
        **terms_of(release),
        "images": [image_of(row) for row in release.images.order_by("position", "pk")],
        "attachments": [
            attachment_of(row) for row in release.attachments.order_by("position", "pk")
        ],
        "contacts": [
            {"id": row.contact_id, "name": row.contact.name}
            for row in release.contact_rows.order_by("position", "pk")
        ],
    }


def image_of(image):
    held = {name: getattr(image, name) for name in IMAGE}
    return held | {"alt": "" if image.is_decorative else image.alt, "file": image.file.name}


def attachment_of(attachment):
    return {name: getattr(attachment, name) for name in ATTACHMENT} | {"file": attachment.file.name}


def terms_of(release):
    """{link: [{code, name}]}, read in one statement."""
    # Not release.sources.all() and so on, which may have been prefetched before a change.
    first, *others = (
        PressRelease._meta.get_field(link)
        .related_model.objects.filter(releases=release)
        .order_by()
        .values_list(Value(link), "code", "name")
        for link in LINKS
    )
    found = {link: [] for link in LINKS}
    for link, code, name in sorted(first.union(*others, all=True)):
        found[link].append({"code": code, "name": name})
    return found


def record(release, *, by):
    """A new Revision of release as it is stored, or None when the last one says the same."""
    last, now = release.revisions.first(), snapshot(release)
    if last and not changed(last.snapshot, now):
        return None
    return release.revisions.create(version=release.version, by=by, snapshot=now)


def changed(before, after):
    """The names of what differs between two snapshots.

    A term is its code and a contact its number: their names may change.
    """
    return [name for name in LABELS if identity(before, name) != identity(after, name)]


def identity(held, name):
    value = held.get(name)
    if name in ("attachments", "contacts"):  # which older snapshots have not
        value = value or []
    if name == "contacts":
        return [contact["id"] for contact in value]
    return sorted(term["code"] for term in value or []) if name in LINKS else value


# Differences.

MOST_STEPS = 16_000_000  # pairs to compare; beyond, a passage counts as replaced as a whole
PASSAGE = re.compile(r"(?<=\n)|(?<=</p>)|(?<=</li>)|(?<=</h[2-4]>)|(?<=</tr>)")
WORD = re.compile(r"(?<=\s)(?=\S)|(?=<)|(?<=>)")


def difference(before, after, grains=(PASSAGE, WORD)):
    """[("equal" | "delete" | "insert", text)], word by word.

    Without the insertions it is before, without the deletions after.
    """
    if before == after:
        return [("equal", before)] if before else []
    if not (grains and before and after):
        parts = [("delete", before), ("insert", after)]
        return [(kind, text) for kind, text in parts if text]
    grain, *finer = grains
    found = []
    for kind, old, new in replacements(grain.split(before), grain.split(after)):
        if kind == "equal":
            found.append((kind, "".join(old)))
        elif finer and len(old) == len(new):  # as many passages: each was edited in its place
            for one, other in zip(old, new, strict=True):
                found += difference(one, other, finer)
        else:
            found += difference("".join(old), "".join(new), finer)
    return [(kind, text) for kind, text in found if text]


def replacements(before, after):
    """("equal" | "replace", words of before, words of after), in order."""
    start = common(before, after)
    end = common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    yield "equal", before[:start], after[:start]
    if len(old) * len(new) > MOST_STEPS:
        yield "replace", old, new
    else:
        for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new).get_opcodes():
            yield "equal" if kind == "equal" else "replace", old[i:j], new[k:m]
    yield "equal", before[len(before) - end :], after[len(after) - end :]


def common(one, other):
    """How many items both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def differences(before, after):
    """[{label, and parts or removed and added}] of what differs between two snapshots."""
    return [
        {"label": LABELS[name], **difference_in(name, before, after)}
        for name in changed(before, after)
    ]


def difference_in(name, before, after):
    old, new = before.get(name), after.get(name)
    if name in TEXTS:
        return {"parts": difference(old or "", new or "")}
    if name in ROWS:
        say = ROWS[name]
        old, new = ([say(row) for row in rows or []] for rows in (old, new))
        return without_each_other(
            dict(zip(old, old, strict=True)), dict(zip(new, new, strict=True))
        )
    if name == "contacts":
        return without_each_other(
            *({each["id"]: each["name"] for each in contacts or []} for contacts in (old, new))
        )
    if name in LINKS:
        return without_each_other(
            *({t["code"]: t["name"] for t in terms or []} for terms in (old, new))
        )
    return {"parts": difference(shown(name, old), shown(name, new), grains=())}


def without_each_other(old, new):
    return {
        "removed": [name for key, name in old.items() if key not in new],
        "added": [name for key, name in new.items() if key not in old],
    }


def in_words(image):
    described = image["alt"] or "decorative"
    return " · ".join(filter(None, [described, image["caption"], image["credit"], image["file"]]))


def attachment_in_words(attachment):
    language = dict(Language.choices).get(attachment["language"], "")
    told = [attachment["title"], language, size_in_words(attachment["size"]), attachment["file"]]
    return " · ".join(filter(None, told))


ROWS = {"images": in_words, "attachments": attachment_in_words}


def shown(name, value):
    if not value:
        return ""
    if name == "published_at":
        at = timezone.localtime(datetime.fromisoformat(value))
        return f"{date_format(at, 'j F Y, H:i')} in Vienna"
    if name in CHOICES:
        return dict(CHOICES[name].choices).get(value, value)
    return f"release {value}"


# New drafts of what is there.


def draft_from(revision, *, by):
    """(a new draft at the desk of its release, [what is not in it, in words]) of what revision held."""
    held, release = revision.snapshot, revision.release
    on = date_format(timezone.localtime(revision.at), "j F Y, H:i")
    return draft_with(
        held,
        by=by,
        desk=release.desk_id,
        note=f"Copy of {revision} of release {release.pk}, “{held['title']}”, recorded on {on}.",
        is_sample=release.is_sample,
    )


def copied(release, *, by, desk):
    """(a new draft like release, [what is not in it, in words]), for titles that come back.

    desk: the id of the structure at whose desk it is, None for the central one.
    """
    # With an address of its own, and a time of its own that is known to the minute.
    held = {**snapshot(release), "slug": "", "precision": Precision.MINUTE}
    note = f"Copy of release {release.pk}."
    return draft_with(held, by=by, desk=desk, note=note, is_sample=release.is_sample)


@transaction.atomic
def draft_with(held, *, by, desk, note, is_sample):
    """(a new draft with what a snapshot held, [what is not in it, in words]).

    is_sample: what is made of invented text is invented.
    """
    # Without its public time: a new release gets a date of its own, on purpose.
    draft = PressRelease(
        **{name: held[name] for name in [*TEXTS, *CHOICES]}, desk_id=desk, is_sample=is_sample
    )
    draft.save()
    lacks = ["that it is a translation"] if held["translation_of"] else []
    lacks += [name for name in ROWS if held.get(name)]
    for link in LINKS:
        terms, gone = present(link, held[link])
        getattr(draft, link).set(terms)
        if gone:
            lacks.append(f"{LABELS[link]}: {', '.join(gone)}")
    contacts, gone = present_contacts(held.get("contacts") or [])
    draft.name_contacts(contacts)
    if gone:
        lacks.append(f"{LABELS['contacts']}: {', '.join(gone)}")
    draft.log.create(action="copy", by=by, note=note)
    record(draft, by=by)
    return draft, lacks


def present(link, terms):
    """(today's terms for those of a snapshot, the names of those that are no more)."""
    model = PressRelease._meta.get_field(link).related_model
    codes = {term["code"] for term in terms}
    found = {term.code: term for term in model.objects.filter(code__in=codes)}
    if merged := codes - set(found):
        former = model.former.rel.related_model.objects.filter(code__in=merged)
        found |= {each.code: each.term for each in former.select_related("term")}
    gone = [term["name"] for term in terms if term["code"] not in found]
    return list(found.values()), gone


def present_contacts(held):
    """(today's contacts for those of a snapshot, in order, the names of those that are no more).

    One that was deleted and written anew is found by its name, where that is of one only.
    """
    known = Contact.objects.in_bulk([each["id"] for each in held])
    missing = {each["name"] for each in held if each["id"] not in known}
    named = {}
    for contact in Contact.objects.filter(name__in=missing):
        named.setdefault(contact.name, []).append(contact)
    found, gone = [], []
    for each in held:
        same = named.get(each["name"], [])
        contact = known.get(each["id"]) or (same[0] if len(same) == 1 else None)
        if contact is None:
            gone.append(each["name"])
        elif contact not in found:
            found.append(contact)
    return found, gone
