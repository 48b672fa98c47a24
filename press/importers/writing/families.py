"""The languages of one legacy node: one original, its translations, and one set of terms for all.

The terms are those that the labels of any of its pages name, and what editors made of them.
"""

from collections import Counter

from osce_cms.languages import Language

from ...models import LINKS, Origin, PressRelease


def members_of(nodes):
    """{node: its releases, the oldest first}, in one query."""
    found = {}
    releases = PressRelease.objects.filter(origin__node__in=nodes).select_related(
        "origin", "translation_of"
    )
    for release in releases.defer("body", "text").order_by("pk"):
        found.setdefault(release.origin.node, []).append(release)
    return found


def shared_nodes(nodes):
    """Those of nodes that have several releases."""
    counted = Counter(Origin.objects.filter(node__in=nodes).values_list("node", flat=True))
    return {node for node, number in counted.items() if number > 1}


def named_by(family):
    """{link: the terms that the labels of family named when they were matched}."""
    return {
        link: {pk for each in family for pk in each.origin.named.get(link, ())} for link in LINKS
    }


def file_under(release, family, named_before, *, is_new):
    """Give the family of release the terms that its pages name. family: all of it, release included.

    Only what changed in the sources changes here: what editors added or removed stays so.
    """
    original = release.translation_of or release
    if is_new:
        original = link_translation(release, family)
    named = named_by(family)
    for link in LINKS:
        terms = getattr(original, link)
        if gone := named_before[link] - named[link]:
            terms.remove(*gone)
        if came := named[link] - named_before[link]:
            terms.add(*came)
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
