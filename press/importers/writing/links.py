"""Links of the archive to itself: those to addresses of the old site lead to what was imported from there.

Releases, and of the documents those that came with the page itself.

A pass over all imported releases, after the last batch and after a rollback. It asks what is public now,
begins each time at the texts as they were imported, and so comes to the same result however often it runs:
what is not public any more gets its old link back. What a person edited is left alone.
"""

import re
from collections import Counter
from html import unescape
from itertools import islice

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from osce_cms.html import HREF
from osce_cms.languages import Language

from ...legacy import OldAddress
from ...models import Attachment, ImportItem, LegacyUrl, Origin, PressRelease, Revision
from ...revisions import record as record_revision
from ..patience import patiently
from ..prepare import digest, unlinked
from .attaching import whole

OLD_SITE = "osce.org/"  # what every address of it holds
_OLD = re.compile(r"https?://(?:[a-z0-9-]+\.)*osce\.org(?::[0-9]+)?/", re.IGNORECASE)
BATCH = 100  # releases of one transaction
LINKED = ~Q(origin__linked=[])  # releases whose links lead to others here
WITH_DOCUMENTS = Exists(Attachment.objects.filter(release=OuterRef("pk")).exclude(legacy_name=""))
CANDIDATES = Q(body__contains=OLD_SITE) | LINKED | WITH_DOCUMENTS
MOST_AT_ONCE = 500  # values in one question


def relink(stop=lambda: False, those=CANDIDATES):
    """Counter: "links" that lead to releases now, in "releases" that changed.

    those: which releases are looked at, CANDIDATES or LINKED.
    """
    counts, last = Counter(), 0
    at = timezone.now()
    while not stop():
        batch, changed = patiently(lambda after=last: relink_after(after, at, those))
        counts += changed
        if len(batch) < BATCH:
            return counts
        last = batch[-1].pk
    return counts


@transaction.atomic
def relink_after(last, at, those):
    """(the next releases, what changed in them)"""
    held = PressRelease.objects.select_for_update(of=["self"]).select_related("origin")
    imported = held.filter(those, origin__isnull=False, pk__gt=last)
    batch = list(imported.order_by("pk")[:BATCH])
    return batch, relink_batch(batch, at)


def left_over():
    """(release, address) of each link to the old site that is still one."""
    found = PressRelease.objects.filter(body__contains=OLD_SITE, origin__isnull=False)
    for release in found.only("title", "body").order_by("pk").iterator(chunk_size=BATCH):
        for address in dict.fromkeys(old_links(release.body)):
            yield release, unescape(address)


def old_links(body):
    return [found[2] for found in HREF.finditer(body) if _OLD.match(found[2])]


def relink_batch(batch, at):
    sources = {}
    corrected = PressRelease.objects.filter(corrects__in=batch).values_list("corrects", flat=True)
    busy = set(corrected)  # a correction could not be published any more
    for release in batch:
        is_as_imported = digest(release, release.origin.linked) == release.origin.digest
        if is_as_imported and release.pk not in busy:
            sources[release] = unlinked(release.body, release.origin.linked)
    targets = find({link for body in sources.values() for link in old_links(body)}, at)
    documents = documents_of(sources)
    changed = []
    for release, source in sources.items():
        body, linked = with_links(source, targets, documents.get(release.pk, {}), release)
        if (body, linked) != (release.body, release.origin.linked):
            changed.append((release, body, linked))
    store(changed)
    links = sum(len(linked) for _, _, linked in changed)
    return Counter({"links": links, "releases": len(changed)})


def with_links(body, targets, documents, release):
    """(body with addresses of ours, [[number among its links, ours, the old one], ...])."""
    linked = []
    number = -1

    def put(found):
        nonlocal number
        number += 1
        target = targets.get(found[2])
        if not target and documents:
            target = documents.get(whole(unescape(found[2]), release.legacy_url))
        if not target or target == release:
            return found[0]
        ours = target.get_absolute_url()
        if isinstance(target, Attachment):
            ours += "".join(found[2].partition("#")[1:])  # a page of it
        linked.append([number, ours, found[2]])
        return f"{found[1]}{ours}"

    return HREF.sub(put, body), linked


def documents_of(releases):
    """{id of a release: {as attaching.whole() knows it: its Attachment}}"""
    found = {}
    named = Attachment.objects.filter(release__in=releases).exclude(legacy_name="")
    for each in named.select_related("release"):
        of_release = found.setdefault(each.release_id, {})
        of_release.setdefault(whole(each.legacy_name, each.release.legacy_url), each)
    return found


def find(links, at):
    """{link: the public release that it means}."""
    olds = {link: old for link in links if (old := OldAddress.of(unescape(link)))}
    by_node, by_address = {}, {}
    public = PressRelease.objects.public(at).only("slug", "language", "translation_of")
    nodes = {old.node for old in olds.values() if old.node}
    for part in parts(nodes):
        for release in public.filter(origin__node__in=part).annotate(node=F("origin__node")):
            by_node.setdefault(release.node, []).append(release)
    addresses = {each for old in olds.values() for each in old.addresses}
    for part in parts(addresses):
        rows = LegacyUrl.objects.filter(address__in=part).values_list("address", "release")
        for address, pk in rows:
            by_address[address] = pk
    here = {
        pk: each
        for part in parts(set(by_address.values()))
        for pk, each in public.in_bulk(part).items()
    }
    return {
        link: target
        for link, old in olds.items()
        if (target := nearest(old, by_node, by_address, here))
    }


def nearest(old, by_node, by_address, here):
    """As legacy.find() chooses: the number first, then the language, English, the original."""
    if members := by_node.get(old.node or ""):
        return min(
            members,
            key=lambda each: (
                each.language not in old.languages,
                each.language != Language.ENGLISH,
                each.translation_of_id is not None,
                each.pk,
            ),
        )
    known = (here.get(by_address.get(address)) for address in old.addresses)
    return next(filter(None, known), None)


def parts(values):
    values = iter(sorted(values))
    while part := list(islice(values, MOST_AT_ONCE)):
        yield part


def store(changed):
    """Write bodies that differ in addresses only: words, excerpts and search stay as they are."""
    releases = [release for release, _, _ in changed]
    if not releases:
        return
    pks = [release.pk for release in releases]
    keeping = set(
        PressRelease.objects.filter(
            Exists(Revision.objects.filter(release=OuterRef("pk"))), pk__in=pks
        ).values_list("pk", flat=True)
    )
    # What an import wrote is still as it left it, for a rollback.
    items = ImportItem.objects.filter(release__in=pks, version=F("release__version"))
    items = list(items.values_list("pk", flat=True))
    for release, body, linked in changed:
        release.body, release.origin.linked = body, linked
        release.version, release.updated_at = release.version + 1, timezone.now()
    columns = ["body", "version", "updated_at"]
    models.QuerySet(PressRelease).bulk_update(releases, columns)  # ours refuses texts
    Origin.objects.bulk_update([each.origin for each in releases], ["linked"])
    ImportItem.objects.filter(pk__in=items).update(version=F("version") + 1)
    for release in releases:
        if release.pk in keeping:
            record_revision(release, by=None)
