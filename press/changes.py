"""What readers are told of corrections: dated notes, and what each of them changed in what they saw."""

import re

from django.db.models import OuterRef, Subquery

from osce_cms.html import plain_text

from .models import LINKS, ChangeNote, PressRelease, Revision
from .models.attachment import size_in_words
from .revisions import LABELS, difference, shown, without_each_other
from .workflow import State

KNOWN = {State.PUBLISHED, State.WITHDRAWN}  # else, in a preview, it is written anew

LINE, WORD = re.compile(r"(?<=\n)"), re.compile(r"(?<=[ \n])")  # of plain text


def public_since(release):
    """From when on readers know the release; of one that was taken away and came back, the last time."""
    return max(filter(None, [release.published_at, release.first_published_at]))


def corrected_at(release):
    """When a release that readers knew was corrected last, or None."""
    at = release.corrected_at
    return at if at and at >= public_since(release) else None


def notes_of(release):
    """The notes to readers, the newest first."""
    if release.state not in KNOWN or not corrected_at(release):
        return []
    # Not those from before it was public: of what was corrected then, readers saw nothing.
    return list(release.change_notes.filter(at__gte=public_since(release)))


def with_newest_note(releases):
    """The queryset, each release with the text of its newest note as newest_note."""
    notes = ChangeNote.objects.filter(release=OuterRef("pk"))
    return releases.annotate(newest_note=Subquery(notes.values("text")[:1]))


def changed_by(note):
    """[{name, label, and paragraphs or removed, added and replaced}] of what readers saw."""
    held = Revision.objects.in_bulk([note.before_id, note.after_id])
    before, after = held[note.before_id].snapshot, held[note.after_id].snapshot
    return [*in_texts(before, after), *in_lists(before, after)]


def in_texts(before, after):
    new = texts(after)
    return [
        {"name": name, "label": LABELS[name], "paragraphs": paragraphs(old, new[name])}
        for name, old in texts(before).items()
        if old.split() != new[name].split()
    ]


def texts(held):
    """What a snapshot holds, as the words that readers saw; never as markup."""
    dateline, text = held.get("dateline") or "", plain_text(held.get("body") or "")
    is_printed = not PressRelease(dateline=dateline, text=text).opens_with_dateline
    return {
        "title": held.get("title") or "",
        "summary": held.get("summary") or "",
        "dateline": dateline if is_printed else "",
        "body": text,
    }


def paragraphs(before, after):
    """For each paragraph [("equal" | "delete" | "insert", text)]."""
    found = [[]]
    for kind, text in difference(spaced(before), spaced(after), grains=(LINE, WORD)):
        first, *others = text.split("\n")
        found[-1].append((kind, first))
        found += [[(kind, line)] for line in others]
    found = [[part for part in paragraph if part[1]] for paragraph in found]
    return [paragraph for paragraph in found if any(text.strip() for _, text in paragraph)]


def spaced(text):
    # The last word of a line is then what it is within one, and the end of a line stands by itself.
    return "".join(f"{line} \n" for line in text.split("\n"))


def in_lists(before, after):
    new = lists(after)
    found = [told(name, old, new[name]) for name, old in lists(before).items()]
    return [each for each in found if each["removed"] or each["added"] or each["replaced"]]


def told(name, old, new):
    removed, added = without_each_other(old, new).values()
    same = [each for each in removed if each in added]
    return {
        "name": name,
        "label": LABELS[name],
        "removed": [each for each in removed if each not in same],
        "added": [each for each in added if each not in same],
        # A term of the same name is the same to readers, a file described in the same words is not.
        "replaced": same if name in ROWS else [],
    }


def lists(held):
    """{name: {what tells one thing from another: its name to readers}}"""
    kind = held.get("kind")
    return {
        "kind": {kind: shown("kind", kind)} if kind else {},
        **{link: {term["code"]: term["name"] for term in held.get(link) or []} for link in LINKS},
        "contacts": {each["id"]: each["name"] for each in held.get("contacts") or []},
        **{
            name: {tuple(row.items()): say(row) for row in held.get(name) or []}
            for name, say in ROWS.items()
        },
    }


def in_words(image):
    return " · ".join(filter(None, [image["alt"] or "image", image["caption"], image["credit"]]))


def attachment_in_words(attachment):
    return f"{attachment['title']} ({size_in_words(attachment['size'])})"


ROWS = {"images": in_words, "attachments": attachment_in_words}
