"""Filing releases under other terms, many at once, without a correction: what they say stays as it is."""

from django.db import transaction

from .corrections import follow_terms
from .models import LINKS
from .revisions import LABELS, record
from .workflow import TransitionNotAllowed


@transaction.atomic
def retag(release, *, by, add, terms):
    """Add terms, {link: [term]}, to release, or take them away; its translations and its correction follow.

    Raises TransitionNotAllowed as refuse_without_effect() does. Public times do not move, and readers are
    told nothing.
    """
    refuse_without_effect(release, add=add, terms=terms)
    changes = effect(release, add=add, terms=terms)
    record(release, by=None)
    release._move("retag", by=by, note=in_words(changes, add=add))
    for each in [release, *release.corrections.all()]:
        for link, found in changes.items():
            links = getattr(each, link)
            (links.add if add else links.remove)(*found)
        record(each, by=by)
    translations = release.translations.all()
    for each in translations:
        record(each, by=None)
    release.share_links()
    for each in translations:
        record(each, by=by)
    follow_terms(release)


def refuse_without_effect(release, *, add, terms):
    """Raises TransitionNotAllowed when nothing would change, and for what has the terms of its original."""
    if release.translation_of_id:
        raise TransitionNotAllowed(f"“{release}” has the terms of its original: change those.")
    if not effect(release, add=add, terms=terms):
        raise TransitionNotAllowed(f"Nothing changes for “{release}”.")


def effect(release, *, add, terms):
    """{link: those of terms that would really come or go}"""
    found = {}
    for link in LINKS:
        here = set(getattr(release, link).all())
        if changing := [term for term in terms.get(link, []) if (term not in here) == add]:
            found[link] = changing
    return found


def in_words(changes, *, add):
    said = "; ".join(
        f"{LABELS[link].lower()}: {', '.join(map(str, terms))}" for link, terms in changes.items()
    )
    return f"{'Added' if add else 'Removed'} {said}."
