"""Writes records. It never overwrites what a person edited."""

import hashlib
import json
from datetime import UTC

from ..models import LINKS, PressRelease, ReleaseImage
from ..workflow import State
from .clean import LINK_OF
from .item import NotARelease
from .pictures import as_file

OWNED = [  # the columns that an import fills; an editor who changes one takes the release over
    *("kind", "language", "title", "summary", "dateline", "body", "published_at", "precision"),
    *("legacy_url", "legacy_labels", "unmatched_labels"),
]


def save(record, labels, *, folder, is_sample=False, keep_files=True):
    """("created" | "updated" | "unchanged" | "conflict", release), matched on record.key.

    keep_files: whether images are written to disk too, which no transaction can undo.
    """
    wanted = PressRelease(legacy_key=record.key, is_sample=is_sample, **record.values)
    wanted.settle_text()
    wanted.import_digest = digest(wanted)
    # Locked, so that no editor saves between our look and our write.
    present = PressRelease.objects.select_for_update().filter(legacy_key=record.key).first()
    if present is None:
        return "created", create(wanted, record, folder, keep_files)
    if present.import_digest == wanted.import_digest:
        return "unchanged", present
    if digest(present) != present.import_digest:
        return "conflict", present
    return "updated", update(present, wanted, record, labels)


def digest(release):
    values = [getattr(release, name) for name in OWNED]
    # A day comes in Vienna's time from a page and in UTC from the database.
    text = json.dumps(values, default=lambda at: at.astimezone(UTC).isoformat(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def create(release, record, folder, keep_files):
    if release.published_at:
        release.state = State.PUBLISHED
    release.save()
    for link, terms in record.links.items():
        getattr(release, link).set(terms)
    release.log.create(action="import")
    for position, picture in enumerate(record.pictures):
        image = image_from(picture, position, folder, record.warnings)
        if image and keep_files:
            image.release = release
            image.save()
    return release


def update(present, wanted, record, labels):
    was_undated = present.published_at is None
    if not was_undated and not wanted.published_at:
        raise NotARelease("has no date any more, although it had one when it was imported before")
    was = {link: terms_found(present, label, labels) for label, link in LINK_OF.items()}
    for name in [*OWNED, "import_digest"]:
        setattr(present, name, getattr(wanted, name))
    if was_undated and present.published_at and present.state == State.DRAFT:
        present.state = State.PUBLISHED
    present.save()
    for link in LINKS:
        # Only what changed in the source changes here: what editors added or removed stays so.
        terms, wanted_terms = getattr(present, link), set(record.links[link])
        terms.remove(*was[link] - wanted_terms)
        terms.add(*wanted_terms - was[link])
    present.log.create(action="import", note="changed in the source")
    return present


def terms_found(release, label, labels):
    """The terms that the labels of release named when it was imported."""
    found, unmatched = (
        labels[LINK_OF[label]].match("\n".join(printed.get(label, [])))[0]
        for printed in (release.legacy_labels, release.unmatched_labels)
    )
    return set(found) - set(unmatched)


def image_from(picture, position, folder, warnings):
    """An unsaved ReleaseImage, or None with the reason among warnings."""
    file, problem = as_file(picture.src, folder)
    if problem:
        warnings.append(f"image “{picture.src[:100]}”: {problem}")
        return None
    if not (alt := picture.alt or picture.caption):
        warnings.append(f"image “{picture.src[:100]}” has no description; taken as decorative")
    return ReleaseImage(
        file=file,
        alt=alt[:300],
        is_decorative=not alt,
        caption=picture.caption[:500],
        position=position,
        legacy_name=picture.src[:300],
    )


def link_translations(nodes):
    """Make the language versions of each legacy node translations of one original, with one set of terms.

    The original is the English one, else the oldest row, else what an editor made their original.
    """
    for node in nodes:
        family = list(PressRelease.objects.filter(legacy_key__startswith=f"{node}:").order_by("pk"))
        first = next((each for each in family if each.language == "en"), family[0])
        original = first.translation_of or first
        taken = {original.language, *original.translations.values_list("language", flat=True)}
        members = {each.pk for each in family}
        for each in family:
            if each.language in taken or not is_free(each, members):
                continue
            taken.add(each.language)
            PressRelease.objects.filter(pk=each.pk).update(translation_of=original)
        for translation in original.translations.filter(pk__in=members):
            for link in LINKS:
                getattr(original, link).add(*getattr(translation, link).all())
        original.share_links()


def is_free(release, members):
    """Whether release belongs to no original and to no translation outside members."""
    return (
        release.translation_of_id in {None, *members}
        and not release.translations.exclude(pk__in=members).exists()
    )
