"""Whatever fails after whichever statement of an act: all is as it was before, nothing between."""

from datetime import timedelta
from itertools import count

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from press import corrections, redaction, translations
from press.models import PressRelease, PreviewLink
from press.retagging import retag
from press.revisions import copied, draft_from, record
from press.workflow import PERMISSIONS
from structures.models import Role, Structure
from tests.conftest import NOW
from tests.factories import (
    DraftFactory,
    FieldFactory,
    MeetingFactory,
    ReleaseFactory,
    WithdrawnFactory,
    person_at,
)

from .test_revisions import PIXEL

pytestmark = pytest.mark.django_db

PASSAGE = "Zxqwv Жук"  # what is in no text but ours
IN_TIME = NOW + timedelta(days=2)
TRANSACTION = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # in life these are BEGIN and COMMIT


class Fault(Exception):
    """What a crash looks like from inside of the act."""


class Faulty:
    """Lets so many statements through, and fails after the last one was executed."""

    def __init__(self, number):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not sql.startswith(TRANSACTION):
            self.left -= 1
            if not self.left:
                raise Fault(sql)
        return result


def stored():
    """All rows of all tables that an act may write."""
    with connection.cursor() as cursor:
        tables = [
            name
            for name in connection.introspection.table_names(cursor)
            if name.startswith(("press_", "django_admin_log"))
        ]
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def furnished(factory, **fields):
    """A release with a picture, a translation and all that is asked for, as it was recorded."""
    links = {"fields_of_work": [FieldFactory()], "meetings": [MeetingFactory()]}
    release = factory(summary="In short.", **links, **fields)
    release.images.create(file=ContentFile(PIXEL, "x.png"), alt="Teal", caption=PASSAGE)
    ReleaseFactory(translation_of=release, language="de")
    release.share_links()
    record(release, by=None)
    return release


def drafted():
    return furnished(DraftFactory)


def submitted():
    release = drafted()
    release.submit(by=person_at(Role.AUTHOR))
    return release


def published(**fields):
    return furnished(ReleaseFactory, **fields)


def scheduled():
    return published(published_at=timezone.now() + timedelta(days=1))


def featured():
    return published(is_featured=True)


def withdrawn():
    return furnished(WithdrawnFactory)


def forced():
    release = drafted()
    release.force_publish(by=person_at(Role.PUBLISHER), reason="x", at=timezone.now())
    return release


def shared():
    release = submitted()
    PreviewLink.share(release, by=person_at(Role.EDITOR))
    return release


def shared_and_published():
    release = shared()
    release.publish(by=person_at(Role.PUBLISHER), at=timezone.now())
    return release


def unpublished():
    release = published()
    release.unpublish(by=None, reason="x")
    return release


def correction():
    """Of a public release, with other texts, terms and pictures, submitted."""
    author = person_at(Role.AUTHOR)
    copy = corrections.begin(published(), by=author)
    copy.title, copy.body = "Right", "<p>Right.</p>"
    copy.save()
    copy.fields_of_work.set([FieldFactory()])
    copy.images.create(file=ContentFile(PIXEL, "y.png"), alt="New")
    record(copy, by=author)
    copy.submit(by=author)
    return copy


def asked():
    """For a passage to be removed that is everywhere, in an open correction too."""
    release = published(title=f"About {PASSAGE}", body=f"<p>{PASSAGE}</p>")
    corrections.begin(release, by=person_at(Role.AUTHOR))
    redaction.ask(release, by=person_at(Role.PUBLISHER), passage=PASSAGE, reason="A court.")
    return release


# {act: (what makes that with which it is done, what is done by a person)}
ACTS = {
    "submit": (drafted, lambda it, by: it.submit(by=by)),
    "request_changes": (submitted, lambda it, by: it.request_changes(by=by, note="x")),
    "publish": (submitted, lambda it, by: it.publish(by=by, at=timezone.now())),
    "force_publish": (drafted, lambda it, by: it.force_publish(by=by, reason="x", at=IN_TIME)),
    "second_look": (forced, lambda it, by: it.second_look(by=by)),
    "reschedule": (scheduled, lambda it, by: it.reschedule(by=by, at=IN_TIME)),
    "unschedule": (scheduled, lambda it, by: it.unschedule(by=by)),
    "withdraw": (published, lambda it, by: it.withdraw(by=by, notice="x")),
    "restore": (withdrawn, lambda it, by: it.restore(by=by, note="x")),
    "unpublish": (shared_and_published, lambda it, by: it.unpublish(by=by, reason="x")),
    "reopen": (unpublished, lambda it, by: it.reopen(by=by)),
    "correct": (published, lambda it, by: corrections.begin(it, by=by)),
    "publish_correction": (
        correction,
        lambda it, by: corrections.publish(it, by=by, note="It was wrong."),
    ),
    "force_publish_correction": (
        correction,
        lambda it, by: corrections.force_publish(it, by=by, reason="x", note="It was wrong."),
    ),
    "feature": (published, lambda it, by: it.feature(by=by)),
    "unfeature": (featured, lambda it, by: it.unfeature(by=by)),
    "hand_over": (
        lambda: correction().corrects,
        lambda it, by: it.hand_over(by=by, desk=Structure.objects.first()),
    ),
    "retag": (
        lambda: correction().corrects,
        lambda it, by: retag(it, by=by, add=False, terms={"meetings": it.meetings.all()}),
    ),
    "translate": (published, lambda it, by: translations.begin(it, by=by, language="fr")),
    "confirm_translation": (
        lambda: translations.begin(published(), by=person_at(Role.AUTHOR), language="fr"),
        lambda it, by: translations.confirm(it, by=by),
    ),
    "redact": (asked, lambda it, by: redaction.carry_out(it.redactions.get(), by=by)),
    # What is no transition, and writes several rows all the same.
    "ask for a redaction": (
        published,
        lambda it, by: redaction.ask(it, by=by, passage=PASSAGE, reason="x"),
    ),
    "drop a redaction": (asked, lambda it, by: redaction.drop(it.redactions.get(), by=by)),
    "copy": (submitted, lambda it, by: copied(it, by=by, desk=None)),
    "restore a revision": (submitted, lambda it, by: draft_from(it.revisions.first(), by=by)),
    "share a preview": (submitted, lambda it, by: PreviewLink.share(it, by=by)),
    "revoke a preview": (shared, lambda it, by: it.preview_links.get().revoke(by=by)),
}


def test_every_transition_is_tried():
    assert {name.removesuffix("_pressrelease") for name, _ in PERMISSIONS} <= set(ACTS)


@pytest.mark.parametrize("name", ACTS)
def test_a_fault_after_any_statement_leaves_all_as_it_was(name, now, taxonomy):
    make, act = ACTS[name]
    release, person = make(), person_at(Role.PUBLISHER)
    before = stored()

    for number in count(1):
        try:
            with connection.execute_wrapper(Faulty(number)):
                act(PressRelease.objects.get(pk=release.pk), person)
        except Fault as fault:
            assert stored() == before, f"after statement {number}: {fault}"
        else:
            break

    assert number > 3  # it was interrupted at all
    assert stored() != before
