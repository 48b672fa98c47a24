from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from press.models import PressRelease
from press.workflow import State
from structures.models import Structure
from taxonomy.models import FieldOfWork
from tests.factories import DraftFactory, FieldFactory, ReleaseFactory, WithdrawnFactory

pytestmark = pytest.mark.django_db


def test_a_release_is_public_and_listed_from_its_second_on(now):
    release = ReleaseFactory(published_at=now)

    assert release not in PressRelease.objects.public(now - timedelta(seconds=1))
    assert release not in PressRelease.objects.listed(now - timedelta(seconds=1))
    assert release in PressRelease.objects.public(now)
    assert release in PressRelease.objects.listed(now)


def test_a_draft_is_never_public_even_with_a_date(now):
    draft = DraftFactory(published_at=now - timedelta(days=1))

    assert draft not in PressRelease.objects.public(now)


def test_a_withdrawn_release_can_be_read_but_is_not_listed(now):
    release = WithdrawnFactory()

    assert release in PressRelease.objects.public(now)
    assert release not in PressRelease.objects.listed(now)


def test_filing_under_a_term_covers_its_branch_and_counts_each_once():
    parent = FieldFactory()
    children = [FieldFactory(parent=parent), FieldFactory(parent=parent)]
    release = ReleaseFactory(fields_of_work=children)
    ReleaseFactory(fields_of_work=[FieldFactory()])

    found = PressRelease.objects.filed_under("fields_of_work", [parent.pk])

    assert list(found) == [release]


def test_newest_come_first_and_the_later_entered_of_one_day_before_the_earlier():
    day = timezone.now()
    first, second = ReleaseFactory(published_at=day), ReleaseFactory(published_at=day)
    older = ReleaseFactory(published_at=day - timedelta(days=1))

    assert list(PressRelease.objects.newest_first()) == [second, first, older]


def test_text_cannot_be_written_past_the_sanitiser():
    release = ReleaseFactory()

    with pytest.raises(TypeError):
        PressRelease.objects.filter(pk=release.pk).update(body="<script>")
    release.body = "<script>x</script><p>ok</p>"
    release.save(update_fields=["body"])

    release.refresh_from_db()
    assert (release.body, release.text) == ("<p>ok</p>", "ok")


def test_the_language_cannot_be_changed_past_the_search():
    release = ReleaseFactory()

    with pytest.raises(TypeError):
        PressRelease.objects.filter(pk=release.pk).update(language="fr")


def test_a_published_release_without_a_date_cannot_be_stored():
    with pytest.raises(IntegrityError):
        ReleaseFactory(published_at=None, state=State.PUBLISHED)


def test_a_structure_branch_finds_what_its_parts_issued(taxonomy):
    odihr = Structure.objects.get(code="odihr")
    release = ReleaseFactory(sources=[odihr])

    institutions = Structure.objects.get(code="institutions")
    assert release in PressRelease.objects.filed_under("sources", [institutions.pk])
    assert FieldOfWork.objects.filter(releases=release).count() == 0


def test_what_was_withdrawn_before_its_hour_never_becomes_public(now):
    release = WithdrawnFactory(published_at=now + timedelta(hours=1), withdrawn_at=now)

    assert release not in PressRelease.objects.public(now + timedelta(days=1))


@pytest.mark.parametrize("route", ["save", "bulk_create", "update_or_create"])
def test_nothing_that_acts_is_stored_by_any_route(route):
    hostile = {"title": "T", "body": "<script>x</script><p>ok</p>", "legacy_url": "javascript:x"}
    match route:
        case "save":
            PressRelease(**hostile).save()
        case "bulk_create":
            PressRelease.objects.bulk_create([PressRelease(**hostile)])
        case "update_or_create":
            PressRelease.objects.update_or_create(title="T", defaults=hostile)

    release = PressRelease.objects.get()
    assert (release.body, release.text, release.legacy_url) == ("<p>ok</p>", "ok", "")


def test_what_is_stored_column_by_column_is_settled_too(now):
    release = ReleaseFactory(precision="day")
    release.published_at, release.legacy_url = now, "javascript:x"

    release.save(update_fields=["published_at", "legacy_url"])

    release.refresh_from_db()
    assert (timezone.localtime(release.published_at).hour, release.legacy_url) == (0, "")


def test_a_release_of_which_only_the_day_is_known_is_public_from_its_midnight_on(now):
    release = ReleaseFactory(published_at=now, precision="day")

    assert timezone.localtime(release.published_at).hour == 0


def test_saving_one_column_leaves_the_text_as_somebody_else_wrote_it():
    release = ReleaseFactory(body="<p>Old</p>")
    old = PressRelease.objects.get(pk=release.pk)
    release.body = "<p>New</p>"
    release.save()

    old.is_sample = True
    old.save(update_fields=["is_sample"])

    assert PressRelease.objects.get(pk=release.pk).text == "New"
