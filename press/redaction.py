"""Removing a text from all that is kept of a release, for legal reasons.

The one case in which history is changed. One person asks for it, another one carries it out.
"""

import json
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from osce_cms.html import plain_text, without_controls

from .models import (
    Attachment,
    ChangeNote,
    Contact,
    ContactSuggestion,
    ImportItem,
    ImportMessage,
    LegacyUrl,
    ListedItem,
    Origin,
    PressRelease,
    Redaction,
    ReleaseImage,
    ReleaseLog,
    Revision,
    slug_for,
)
from .models.contact import PRINTED
from .models.redaction import OPEN
from .models.transitions import demanded
from .passages import BRIEFLY, REMOVED, SHORTEST, Passage
from .workflow import TransitionNotAllowed

LONGEST = 10_000  # characters of a passage; what is longer is unpublished as a whole
CHUNK = 500  # rows of Django’s log that are read at once
MOST_SHOWN = 20  # places, with what stands around them

TITLES = ["title", "summary", "dateline"]
OF_IMAGE = ["alt", "caption", "credit"]
LABELS = {
    PressRelease: "The texts of today",
    LegacyUrl: "Old addresses",
    ContactSuggestion: "Suggested contacts",
    ListedItem: "What lists told",
    ReleaseImage: "Texts of images",
    Attachment: "Titles of attachments",
    Revision: "Earlier versions",
    ReleaseLog: "Notes in the history",
    ChangeNote: "Notes to readers",
    ImportItem: "What imports found",
    ImportMessage: "Messages of imports",
    Origin: "Links of the old site",
    Redaction: "Reasons of other redactions",
    LogEntry: "The log of the admin",
}


@transaction.atomic
def ask(release, *, by, passage, reason):
    """Ask for passage to be removed; the Redaction, which somebody else carries out.

    What is asked for at a correction is asked for at the release that it corrects.
    Raises TransitionNotAllowed when there is an open one already, when there is no reason or it repeats
    the passage, and when the passage is too short, too long or nowhere to be found.
    """
    # Of two people who ask at once one comes second.
    release = PressRelease.objects.select_for_update().get(pk=release.corrects_id or release.pk)
    if release.redactions.filter(OPEN).exists():
        raise TransitionNotAllowed(f"A redaction of “{release}” is open already.")
    passage = without_controls(passage).strip()
    reason = demanded(reason, "Say why it has to be removed.")
    looked_for = checked(passage)
    if looked_for.is_in(reason):
        raise TransitionNotAllowed("Give a reason that does not repeat the text: the reason stays.")
    if not found(looked_for, release).count:
        raise TransitionNotAllowed("This text was not found in the release, nor in its history.")
    release.log.create(action="ask_redaction", by=by, note=reason)
    return release.redactions.create(passage=passage, reason=reason, asked_by=by)


def checked(text):
    """A Passage of text; TransitionNotAllowed when that cannot be removed with good sense."""
    passage = Passage(text)
    if len(passage.folded) < SHORTEST:
        raise TransitionNotAllowed(f"A text to be removed has {SHORTEST} characters or more.")
    if len(text) > LONGEST:
        raise TransitionNotAllowed(f"A text to be removed has {LONGEST} characters at most.")
    if passage.is_in(REMOVED) or passage.is_in(BRIEFLY):
        raise TransitionNotAllowed(f"This stands in “{REMOVED}”, which takes the place of texts.")
    return passage


@transaction.atomic
def carry_out(redaction, *, by):
    """Remove the passage from everything that is kept of the release; in how many places it was.

    Raises TransitionNotAllowed for whoever asked for it, when it is not open any more, and when
    something of the passage would be left, in a contact of the release perhaps. Nothing has changed then.
    """
    if by == redaction.asked_by:
        raise TransitionNotAllowed("You asked for it yourself: somebody else carries it out.")
    # First the release, as all that writes it does; who saves its form waits, and finds it changed.
    release = PressRelease.objects.select_for_update().get(pk=redaction.release_id)
    list(release.corrections.select_for_update())
    here = Redaction.objects.filter(OPEN, pk=redaction.pk)
    text = here.values_list("passage", flat=True).first()
    if not text:
        raise TransitionNotAllowed(f"The {redaction} is not open any more.")
    passage = Passage(text)
    refuse_in_contacts(passage, release)
    release.import_items.update(raw=None)  # the page as it came, which says it too, perhaps
    places = sum(remove(passage, row, texts) for row, texts in everything(release))
    ending = {"carried_out_by": by, "carried_out_at": timezone.now(), "places": places}
    if not here.update(passage="", **ending):
        raise TransitionNotAllowed(f"The {redaction} is not open any more.")
    told = f"Asked for by {redaction.asked_by}: {redaction.reason} Removed in {places} places."
    note(release, "redact", by=by, text=told, passage=passage)
    refuse_leftovers(passage, PressRelease.objects.get(pk=release.pk))
    redaction.refresh_from_db()
    return places


@transaction.atomic
def drop(redaction, *, by):
    """Give a redaction up. Raises TransitionNotAllowed when it is not open any more."""
    here = Redaction.objects.filter(OPEN, pk=redaction.pk)
    text = here.values_list("passage", flat=True).first()
    if not here.update(passage="", dropped_at=timezone.now()):
        raise TransitionNotAllowed(f"The {redaction} is not open any more.")
    told = f"Asked for by {redaction.asked_by}: {redaction.reason}"
    note(redaction.release, "drop_redaction", by=by, text=told, passage=Passage(text))
    redaction.refresh_from_db()


def note(release, action, *, by, text, passage):
    # Somebody’s name may be the passage; who it was is in a column too.
    release.log.create(action=action, by=by, note=passage.removed_from(text)[0])


DERIVED = (
    LegacyUrl,
    ContactSuggestion,
    ListedItem,
)  # made of a source; nothing of them is written here
NAMING = ["name", "role", "organisation", "email", "phone", "text"]


def remove(passage, row, texts):
    """Take passage out of the texts of a row, and save it; in how many places it was."""
    count, fields = 0, set()
    for text in texts:
        value, places = text.without(passage)
        if places:
            text.container[text.key] = value
            fields.add(text.field)
            count += places
    if fields and isinstance(row, DERIVED):
        row.delete()  # an address that says it leads nowhere any more, and so on
    elif fields:
        row.save(update_fields=fields)
        if isinstance(row, ReleaseImage):
            # The form of its release holds it too: one that is open is old from now on.
            row.release.save(update_fields=["updated_at"])
    return count


def refuse_in_contacts(passage, release):
    """A contact is no text of the release: it is named elsewhere too, and somebody keeps it."""
    for each in [release, *release.corrections.all()]:
        for contact in each.contacts:
            if any(passage.is_in(getattr(contact, name)) for name in PRINTED):
                raise TransitionNotAllowed(
                    "It stands in a contact of the release too: first change that contact, or take it off."
                )


def refuse_leftovers(passage, release):
    left = passage.is_in(release.text)
    for row, texts in everything(release):
        left = left or any(text.without(passage)[1] for text in texts)
        left = left or any(passage.is_in(text.read()) for text in texts)
        if left:
            where = LABELS[type(row)].lower()
            raise TransitionNotAllowed(
                f"Something of it would be left ({where}): nothing is changed."
            )


# What there is.


@dataclass
class Finding:
    places: dict  # {where: how many}
    excerpts: list  # (before, the passage as it stands there, after)

    @property
    def count(self):
        return sum(self.places.values())


def found(passage, release):
    """Where passage is in what is kept of release."""
    places, excerpts = Counter(), {}
    for row, texts in everything(release):
        for text in texts:
            places[LABELS[type(row)]] += text.without(passage)[1]
            if len(excerpts) < MOST_SHOWN:
                # Each once: versions repeat each other.
                excerpts |= dict.fromkeys(passage.around(text.read()))
    return Finding(dict(+places), list(excerpts)[:MOST_SHOWN])


@dataclass
class Text:
    """container[key] holds a text; field is the one of its row that is saved when it changes."""

    field: str
    container: dict | list
    key: str | int
    longest: int | None = None

    @property
    def value(self):
        return self.container[self.key] or ""

    def without(self, passage):
        """(what it is without passage, in how many places that was)."""
        return passage.removed_from(self.value, self.longest)

    def read(self):
        return self.value


class Markup(Text):
    def without(self, passage):
        return passage.removed_from_markup(self.value)

    def read(self):
        return plain_text(self.value)


class Address(Text):
    def without(self, passage):
        return ("", 1) if passage.is_in_address(self.value) else (self.value, 0)

    def read(self):
        return unquote(self.value)


class Slug(Text):
    def without(self, passage):
        if not passage.is_in_slug(self.value):
            return self.value, 0
        # The title beside it is without the passage already.
        slug = slug_for(self.container["title"])
        return slug_for("") if passage.is_in_slug(slug) else slug, 1


class Message(Text):
    """JSON in a column of text, as Django’s log has it, or a text."""

    def without(self, passage):
        try:
            held = [json.loads(self.value)]
        except ValueError:
            return super().without(passage)
        count = 0
        for text in strings(self.field, held):
            text.container[text.key], places = text.without(passage)
            count += places
        return (json.dumps(held[0]), count) if count else (self.value, 0)

    def read(self):
        try:
            held = [json.loads(self.value)]
        except ValueError:
            return self.value
        return "\n".join(text.value for text in strings(self.field, held))


def strings(field, held):
    """The texts in what JSON holds, without its keys, which are names that we gave."""
    for key, value in held.items() if isinstance(held, dict) else enumerate(held):
        if isinstance(value, str):
            yield Text(field, held, key)
        elif isinstance(value, dict | list):
            yield from strings(field, value)


def everything(release):
    """(row, [its texts]) of all that is kept of release and of its open correction."""
    releases = [release, *release.corrections.all()]
    for each in releases:
        yield each, of_release(each)
        if origin := Origin.objects.filter(release=each).first():
            yield origin, strings("linked", origin.linked)
        for address in each.legacy_urls.all():
            yield address, [Address("address", vars(address), "address")]
        for suggestion in each.contact_suggestions.all():
            yield suggestion, columns(suggestion, NAMING)
        if each.legacy_key:
            for listed in ListedItem.objects.filter(key=each.legacy_key):
                yield listed, columns(listed, ["title", "url"])
        for image in each.images.all():
            yield image, columns(image, [*OF_IMAGE, "legacy_name"])
        for attachment in each.attachments.all():
            yield attachment, columns(attachment, ["title", "legacy_name"])
        for revision in each.revisions.all():
            yield revision, of_snapshot(revision.snapshot)
        for step in each.log.all():
            yield step, columns(step, ["note"])
        for change in each.change_notes.all():
            yield change, columns(change, ["text"])
        for item in each.import_items.defer("raw").prefetch_related("messages"):
            yield item, of_item(item)
            for message in item.messages.all():
                yield message, columns(message, ["text", "raw"])
        for redaction in each.redactions.all():
            yield redaction, columns(redaction, ["reason"])
    for entry in log_entries(releases):
        message = Message("change_message", vars(entry), "change_message")
        yield entry, [*columns(entry, ["object_repr"]), message]


def columns(row, names):
    return [Text(name, vars(row), name, row._meta.get_field(name).max_length) for name in names]


def of_release(release):
    held = vars(release)
    return [
        *columns(release, [*TITLES, "withdrawal_notice"]),
        Markup("body", held, "body"),
        Slug("slug", held, "slug"),
        *(Address(name, held, name) for name in ("legacy_url", "moved_to")),
        *strings("legacy_labels", release.legacy_labels),
        *strings("unmatched_labels", release.unmatched_labels),
    ]


def of_snapshot(held):
    """Without the names of its terms, which are no text of the release."""
    lengths = {name: PressRelease._meta.get_field(name).max_length for name in TITLES}
    lengths |= {name: ReleaseImage._meta.get_field(name).max_length for name in OF_IMAGE}
    return [
        *(Text("snapshot", held, name, lengths[name]) for name in TITLES),
        Markup("snapshot", held, "body"),
        Slug("snapshot", held, "slug"),
        *(
            Text("snapshot", image, name, lengths[name])
            for image in held["images"]
            for name in OF_IMAGE
        ),
        *(
            Text("snapshot", attachment, "title", Attachment._meta.get_field("title").max_length)
            for attachment in held.get("attachments", [])
        ),
        *(
            Text("snapshot", contact, "name", Contact._meta.get_field("name").max_length)
            for contact in held.get("contacts", [])
        ),
    ]


def of_item(item):
    """Of the ledger; its path is where the source was, which stays."""
    held = (item.undo or {}).get("values", {})
    found = [*columns(item, ["title"]), Address("url", vars(item), "url")]
    for name in held:
        if name == "body":
            found.append(Markup("undo", held, name))
        elif name == "legacy_url":
            found.append(Address("undo", held, name))
        elif isinstance(held[name], dict):
            found += strings("undo", held[name])
        elif name in TITLES:
            found.append(Text("undo", held, name, PressRelease._meta.get_field(name).max_length))
    return found


def log_entries(releases):
    """Of Django’s log: those of releases, and of releases that are no more.

    Those too, because what was a correction once is one of them, and it is not known of which release.
    """
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(PressRelease, for_concrete_model=False)
    )
    ours = {str(each.pk) for each in releases}
    others = set(map(str, PressRelease.objects.values_list("pk", flat=True))) - ours
    keys = entries.order_by().values_list("pk", "object_id")
    pks = [pk for pk, object_id in keys if object_id not in others]
    for start in range(0, len(pks), CHUNK):
        yield from entries.filter(pk__in=pks[start : start + CHUNK])
