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


def test_words_are_found_in_every_script_and_case(taxonomy):
    release = ReleaseFactory(title="Совещание в ВЕНЕ", body="<p>Türkiye und Österreich</p>")

    for words in (["вене"], ["turkiye"], ["osterreich", "совещание"]):
        assert list(PressRelease.objects.containing(words)) == [release]
    assert not PressRelease.objects.containing(["вене", "минск"])


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


def test_a_published_release_without_a_date_cannot_be_stored():
    with pytest.raises(IntegrityError):
        ReleaseFactory(published_at=None, state=State.PUBLISHED)


def test_a_structure_branch_finds_what_its_parts_issued(taxonomy):
    odihr = Structure.objects.get(code="odihr")
    release = ReleaseFactory(sources=[odihr])

    institutions = Structure.objects.get(code="institutions")
    assert release in PressRelease.objects.filed_under("sources", [institutions.pk])
    assert FieldOfWork.objects.filter(releases=release).count() == 0
