"""Filing many releases of the archive under terms at once: what they say, and when, stays as it is."""

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from .corrections import follow_terms
from .models import PressRelease, ReleaseLog, Revision
from .revisions import record


def add_terms(additions, *, by, action, notes):
    """Give releases terms; their originals, all translations of those and open corrections follow.

    additions: {pk of a release: {link: pks of terms, or none}}; notes: {the same pk: what the log says}.
    Inside a transaction of the caller. Public times do not move and nothing says “corrected”; but a form
    that is open is old from now on, or it would take the terms away again.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Terms and their traces are one transaction: begin it first.")
    families = {pk: {pk} for pk in additions}
    families |= families_of(pk for pk, links in additions.items() if any(links.values()))
    members = {pk for family in families.values() for pk in family}
    releases = PressRelease.objects.filter(pk__in=members)
    corrected = dict(releases.order_by("pk").select_for_update().values_list("pk", "corrects"))
    for link in {link for links in additions.values() for link in links}:
        pairs = {
            (pk, term)
            for named, links in additions.items()
            for term in links.get(link, ())
            for pk in families[named]
        }
        insert(link, pairs)
    releases.update(version=F("version") + 1)
    said = {}
    for named, family in families.items():
        for pk in family:
            if not corrected[pk]:
                said.setdefault(pk, []).append(notes[named])
    ReleaseLog.objects.bulk_create(
        ReleaseLog(release_id=pk, action=action, by=by, note=" ".join(dict.fromkeys(lines)))
        for pk, lines in sorted(said.items())
    )
    # Of what has no versions yet the next change keeps what it finds.
    for release in releases.filter(Exists(Revision.objects.filter(release=OuterRef("pk")))):
        record(release, by=by)
    for release in releases.filter(pk__in=filter(None, corrected.values())):
        follow_terms(release)


def families_of(pks):
    """{pk: the pks of its original, of all translations of that, and of open corrections of these}"""
    pks = list(pks)
    original = dict(PressRelease.objects.filter(pk__in=pks).values_list("pk", "translation_of"))
    original = {pk: of or pk for pk, of in original.items()}
    roots = set(original.values())
    of_family = Q(pk__in=roots) | Q(translation_of__in=roots)
    of_family |= Q(corrects__in=roots) | Q(corrects__translation_of__in=roots)
    members = {}
    rows = PressRelease.objects.filter(of_family).order_by()
    for row in rows.values_list("pk", "translation_of", "corrects", "corrects__translation_of"):
        pk, *above = row
        root = next((each for each in reversed(above) if each), pk)
        members.setdefault(root, set()).add(pk)
    return {pk: members[root] for pk, root in original.items()}


def insert(link, pairs):
    """Rows of a link for (release, term) pairs; those that are there stay."""
    field = PressRelease._meta.get_field(link)
    through = field.remote_field.through
    release, term = field.m2m_column_name(), field.m2m_reverse_name()
    rows = (through(**{release: pk, term: other}) for pk, other in sorted(pairs))
    through._base_manager.bulk_create(rows, ignore_conflicts=True)
