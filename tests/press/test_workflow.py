from datetime import timedelta

import pytest
from django.utils import timezone

from press.models import PressRelease
from press.workflow import State, TransitionNotAllowed
from tests.factories import DraftFactory, ReleaseFactory, UserFactory, WithdrawnFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(db):
    return UserFactory()


def test_publishing_keeps_the_given_date_and_leaves_a_trace(publisher, now):
    tomorrow = now + timedelta(days=1)
    release = DraftFactory(published_at=tomorrow)

    release.publish(by=publisher)

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.PUBLISHED, tomorrow)
    assert release.first_published_at == now
    assert [(each.action, each.by) for each in release.log.all()] == [("publish", publisher)]
    assert not release.is_public(now)
    assert release.is_public(tomorrow)


def test_publishing_now_is_an_explicit_time(publisher, now):
    release = DraftFactory()

    release.publish(by=publisher, at=now)

    assert release.is_public(now)


def test_an_empty_date_never_means_now(publisher):
    release = DraftFactory(published_at=None)

    with pytest.raises(TransitionNotAllowed):
        release.publish(by=publisher)

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.DRAFT, None)
    assert not release.log.exists()


def test_an_undated_item_of_the_archive_is_not_dated_today(publisher):
    release = DraftFactory(legacy_key="1:en")

    with pytest.raises(TransitionNotAllowed):
        release.publish(by=publisher, at=timezone.now())

    release.refresh_from_db()
    assert release.state == State.DRAFT


@pytest.mark.parametrize("factory", [ReleaseFactory, WithdrawnFactory])
def test_what_is_no_draft_cannot_be_published(factory, publisher):
    release = factory()
    state = release.state

    with pytest.raises(TransitionNotAllowed):
        release.publish(by=publisher)

    release.refresh_from_db()
    assert release.state == state
    assert not release.log.exists()


def test_withdrawing_keeps_the_text_under_a_notice(publisher, now):
    release = ReleaseFactory()

    release.withdraw(by=publisher, notice=" Wrong place. ")

    release.refresh_from_db()
    assert (release.state, release.withdrawn_at) == (State.WITHDRAWN, now)
    assert release.withdrawal_notice == "Wrong place."
    assert release.log.get().note == " Wrong place. "


def test_withdrawing_needs_a_notice(publisher):
    release = ReleaseFactory()

    with pytest.raises(TransitionNotAllowed):
        release.withdraw(by=publisher, notice="  ")

    release.refresh_from_db()
    assert release.state == State.PUBLISHED


def test_of_two_people_pressing_the_button_one_wins(publisher):
    release = ReleaseFactory()
    same = PressRelease.objects.get(pk=release.pk)

    release.withdraw(by=publisher, notice="First.")
    with pytest.raises(TransitionNotAllowed):
        same.withdraw(by=publisher, notice="Second.")

    release.refresh_from_db()
    assert release.withdrawal_notice == "First."
    assert release.log.count() == 1


def test_translations_share_the_links_of_their_original(taxonomy):
    from structures.models import Structure

    original = ReleaseFactory(sources=[Structure.objects.get(code="odihr")])
    translation = ReleaseFactory(language="ru", translation_of=original)

    original.share_links()

    assert [term.code for term in translation.sources.all()] == ["odihr"]


def test_an_old_instance_cannot_undo_a_withdrawal(publisher):
    release = ReleaseFactory()
    old = PressRelease.objects.get(pk=release.pk)
    release.withdraw(by=publisher, notice="Wrong.")

    old.title = "Changed"
    old.save()

    release.refresh_from_db()
    assert (release.title, release.state) == ("Changed", State.WITHDRAWN)


def test_an_old_instance_cannot_publish_over_a_moved_embargo(publisher, now):
    release = DraftFactory(published_at=now)
    old = PressRelease.objects.get(pk=release.pk)
    PressRelease.objects.filter(pk=release.pk).update(
        published_at=now + timedelta(days=30), updated_at=now + timedelta(seconds=1)
    )

    with pytest.raises(TransitionNotAllowed):
        old.publish(by=publisher)

    assert not old.is_public(now)


def test_what_is_not_public_yet_is_taken_off_the_schedule_and_not_withdrawn(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(hours=1))

    with pytest.raises(TransitionNotAllowed):
        release.withdraw(by=publisher, notice="x")
    release.unschedule(by=publisher)

    assert release.state == State.DRAFT
    assert not release.is_public(now + timedelta(days=1))


def test_what_is_public_cannot_be_taken_off_the_schedule(publisher):
    release = ReleaseFactory()

    with pytest.raises(TransitionNotAllowed):
        release.unschedule(by=publisher)

    assert release.state == State.PUBLISHED
