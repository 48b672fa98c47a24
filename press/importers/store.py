"""Writes records. It never overwrites what a person edited."""

import hashlib
import json
from datetime import UTC

from django.utils.timezone import localdate

from osce_cms.languages import Language

from ..models import LINKS, PressRelease, ReleaseImage
from ..revisions import record as record_revision
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
    wanted.settle()
    wanted.import_digest = digest(wanted)
    # Locked, so that no editor saves between our look and our write.
    present = PressRelease.objects.select_for_update().filter(legacy_key=record.key).first()
    has_terms = present and present.unmatched_labels == wanted.unmatched_labels
    if has_terms and present.import_digest == wanted.import_digest:
        release, outcome = present, "unchanged"
    elif present and (digest(present) != present.import_digest or was_redacted(present)):
        return "conflict", present
    else:
        if present:
            record_revision(present, by=None)  # as it was
        named_before = named_by(family_of(record.key), labels)
        release = update(present, wanted) if present else create(wanted)
        outcome = "updated" if present else "created"
        file_under(release, record.key, named_before, labels, is_new=present is None)
    if add_pictures(release, record, folder, keep_files) and outcome == "unchanged":
        outcome = "updated"
    if outcome == "updated":
        record_revision(release, by=None)
    return outcome, release


def was_redacted(release):
    """Whether something was removed for legal reasons that an old source would bring back."""
    return release.redactions.exclude(carried_out_at=None).exists()


def digest(release):
    # Not the labels without a term: they go when somebody decides what they mean.
    values = [getattr(release, name) for name in OWNED if name != "unmatched_labels"]
    # A day comes in Vienna's time from a page and in UTC from the database.
    text = json.dumps(values, default=lambda at: at.astimezone(UTC).isoformat(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def create(release):
    if release.published_at:
        release.state = State.PUBLISHED
    release.save()
    release.log.create(action="import")
    return release


def update(present, wanted):
    if present.published_at and not wanted.published_at:
        raise NotARelease("has no date any more, although it had one when it was imported before")
    gets_its_date = present.state == State.DRAFT and not present.published_at
    for name in [*OWNED, "import_digest"]:
        setattr(present, name, getattr(wanted, name))
    present.save(update_fields=[*OWNED, "import_digest"])
    present.log.create(action="import", note="changed in the source")
    if gets_its_date and present.published_at:
        present.publish_as_dated()
    return present


# Terms. A legacy node in several languages is one family with one set of terms: those that the labels
# of any of its pages name, and what editors made of them.


def family_of(key):
    """The releases of the legacy node of key, the oldest first; those of key itself without a node."""
    node, colon, _ = key.partition(":")
    keys = [f"{node}:{language}" for language in Language.values] if colon else [key]
    return list(PressRelease.objects.filter(legacy_key__in=keys).order_by("pk"))


def named_by(family, labels):
    """{link: the pks of the terms that the labels of family named when they were matched}."""
    named = {link: set() for link in LINK_OF.values()}
    for release in family:
        for label, link in LINK_OF.items():
            at = release.published_at
            found, unmatched = (
                labels.match(link, "\n".join(printed.get(label, [])), at and localdate(at))[0]
                for printed in (release.legacy_labels, release.unmatched_labels)
            )
            named[link] |= set(found) - set(unmatched)
    return named


def file_under(release, key, named_before, labels, *, is_new):
    """Give the family of release the terms that its pages name.

    Only what changed in the sources changes here: what editors added or removed stays so.
    """
    family = family_of(key)
    original = release.translation_of or release
    if is_new:
        original = link_translation(release, family)
    named = named_by(family, labels)
    for link in LINKS:
        terms = getattr(original, link)
        terms.remove(*named_before[link] - named[link])
        terms.add(*named[link] - named_before[link])
    original.share_links()


def link_translation(release, family):
    """Make a new member of family a translation of its original, or the original when it is English.

    Returns the original. What editors linked or unlinked stays so.
    """
    others = [each for each in family if each.pk != release.pk]
    if not others:
        return release
    original = others[0].translation_of or others[0]
    if release.language == Language.ENGLISH and not original.translation_of_id:
        return make_original(release, original, family)
    taken = {original.language, *original.translations.values_list("language", flat=True)}
    if release.language in taken:
        return release
    set_original(release, original)
    return original


def make_original(release, former, family):
    """Let release, the English text that came late, take the place of former in its family."""
    members = {each.pk for each in family}
    followers = [former, *former.translations.all()]
    if not {each.pk for each in followers} <= members:
        return release  # an editor linked something else to it
    for link in LINKS:
        getattr(release, link).set(getattr(former, link).all())
    for each in followers:
        set_original(each, release)
    return release


def set_original(translation, original):
    PressRelease.objects.filter(pk=translation.pk).update(translation_of=original)
    translation.translation_of = original


def add_pictures(release, record, folder, keep_files):
    """How many images of record were added: those that release has not yet, by their legacy names."""
    if not record.pictures:
        return 0
    present = set(release.images.values_list("legacy_name", flat=True))
    added = 0
    for position, picture in enumerate(record.pictures):
        if picture.src[:300] in present:
            continue
        if image := image_from(picture, position, folder, record.warnings):
            added += 1
            if keep_files:
                image.release = release
                image.save()
    return added


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
