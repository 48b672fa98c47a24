"""A release in another language: begun from its original, marked when that changed."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from osce_cms.html import plain_text
from osce_cms.languages import Language

from .corrections import held_in
from .desks import desk_for
from .models import PressRelease
from .revisions import LABELS, difference, record
from .workflow import TransitionNotAllowed

TEXTS = ["title", "summary", "dateline", "body"]


@transaction.atomic
def begin(original, *, by, language):
    """A draft in language with the texts, images, contacts and terms of original, to write over.

    Raises TransitionNotAllowed for what is a translation or a correction itself, and when there is one.
    """
    if original.translation_of_id or original.corrects_id:
        raise TransitionNotAllowed(f"“{original}” is no original: translate that.")
    if language == original.language:
        raise TransitionNotAllowed("A translation is in another language.")
    original._move("translate", by=by, note=f"Into {Language(language).label}.")
    record(original, by=None)
    draft = PressRelease(
        translation_of=original,
        translated_revision=original.revisions.first(),
        language=language,
        kind=original.kind,
        desk_id=desk_for(by, original),
        is_sample=original.is_sample,
        **{name: getattr(original, name) for name in TEXTS},
    )
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError as taken:
        raise TransitionNotAllowed(
            f"There is a translation into {Language(language).label} already."
        ) from taken
    draft.take_links(original)
    for _, held in held_in(original, "images"):
        draft.images.create(**held)
    draft.name_contacts(original.contacts)
    record(draft, by=by)
    return draft


def confirm(translation, *, by):
    """Say that translation renders its original as that is now."""
    if not translation.translation_of_id:
        raise TransitionNotAllowed(f"“{translation}” is no translation.")
    original = translation.translation_of
    record(original, by=None)
    translation._move("confirm_translation", by=by, translated_revision=original.revisions.first())


def stale(releases):
    """Those of releases that are translations of which changed() would name something."""
    differs = Q()
    for name in TEXTS:
        known = KeyTextTransform(name, "translated_revision__snapshot")
        differs |= ~Q(**{f"translation_of__{name}": known})
    return releases.exclude(translation_of=None).exclude(translated_revision=None).filter(differs)


def changes(translation):
    """[{label, parts}] of what changed in the original since it was translated, or last confirmed.

    Of one that was not begun here nobody knows; wants translation_of and translated_revision selected.
    """
    return [
        {"label": LABELS[name], "parts": difference(*as_read(name, before, now))}
        for name, before, now in changed(translation)
    ]


def as_read(name, before, now):
    """Two texts without their markup, unless that is all in which they differ."""
    texts = [plain_text(before), plain_text(now)]
    return texts if name == "body" and texts[0] != texts[1] else [before, now]


def changed(translation):
    """[(name, what it was, what it is)] of the texts of the original; quick, without differences."""
    known = translation.translated_revision
    if known is None or not translation.translation_of_id:
        return []
    texts = [
        (name, known.snapshot[name], getattr(translation.translation_of, name)) for name in TEXTS
    ]
    return [each for each in texts if each[1] != each[2]]
