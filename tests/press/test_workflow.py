from datetime import timedelta

import pytest
from django.utils import timezone

from press.models import PressRelease
from press.workflow import State, TransitionNotAllowed
from tests.factories import (
    DraftFactory,
    ReleaseFactory,
    SubmittedFactory,
    UserFactory,
    WithdrawnFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def publisher(db):
    return UserFactory()


def whole_draft(**fields):
    """With all that is asked for when it is published."""
    return SubmittedFactory(state=State.DRAFT, **fields)


def test_publishing_keeps_the_given_date_and_leaves_a_trace(publisher, now):
    tomorrow = now + timedelta(days=1)
    release = SubmittedFactory(published_at=tomorrow)

    release.publish(by=publisher)

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.PUBLISHED, tomorrow)
    assert release.first_published_at == now
    assert [(each.action, each.by) for each in release.log.all()] == [("publish", publisher)]
    assert not release.is_public(now)
    assert release.is_public(tomorrow)


def test_publishing_now_is_an_explicit_time(publisher, now):
    release = SubmittedFactory()

    release.publish(by=publisher, at=now)

    assert release.is_public(now)


def test_an_empty_date_never_means_now(publisher):
    release = SubmittedFactory(published_at=None)

    with pytest.raises(TransitionNotAllowed):
        release.publish(by=publisher)

    release.refresh_from_db()
    assert (release.state, release.published_at) == (State.IN_REVIEW, None)
    assert not release.log.exists()


def test_an_undated_item_of_the_archive_is_not_dated_today(publisher):
    release = SubmittedFactory(legacy_key="1:en")

    with pytest.raises(TransitionNotAllowed):
        release.publish(by=publisher, at=timezone.now())

    release.refresh_from_db()
    assert release.state == State.IN_REVIEW


@pytest.mark.parametrize("factory", [DraftFactory, ReleaseFactory, WithdrawnFactory])
def test_what_is_not_in_review_cannot_be_published(factory, publisher):
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
    assert release.log.get().note == "Wrong place."


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
    release = SubmittedFactory(published_at=now)
    old = PressRelease.objects.get(pk=release.pk)
    release.published_at = now + timedelta(days=30)
    release.save()

    with pytest.raises(TransitionNotAllowed):
        old.publish(by=publisher)

    assert not old.is_public(now)


def test_what_is_not_public_yet_is_taken_off_the_schedule_and_not_withdrawn(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(hours=1))

    with pytest.raises(TransitionNotAllowed):
        release.withdraw(by=publisher, notice="x")
    release.unschedule(by=publisher)

    assert release.state == State.IN_REVIEW
    assert not release.is_public(now + timedelta(days=1))


def test_what_is_public_cannot_be_taken_off_the_schedule(publisher):
    release = ReleaseFactory()

    with pytest.raises(TransitionNotAllowed):
        release.unschedule(by=publisher)

    assert release.state == State.PUBLISHED


# Two persons


def test_whoever_submitted_a_release_does_not_publish_it(publisher, now):
    author = UserFactory()
    release = whole_draft(published_at=now)
    release.submit(by=author, note="Please.")

    with pytest.raises(TransitionNotAllowed, match="You submitted"):
        release.publish(by=author)
    release.publish(by=publisher)

    assert release.state == State.PUBLISHED


def test_the_last_one_who_submitted_counts(publisher, now):
    author = UserFactory()
    release = whole_draft(published_at=now)
    release.submit(by=publisher)
    release.request_changes(by=author, note="Shorter.")
    release.submit(by=author)

    release.publish(by=publisher)

    assert release.state == State.PUBLISHED


def test_settings_can_say_that_one_person_is_enough(publisher, now, settings):
    settings.TWO_PERSONS = False
    release = whole_draft(published_at=now)
    release.submit(by=publisher)

    release.publish(by=publisher)

    assert release.state == State.PUBLISHED


def test_publishing_by_force_needs_a_reason_and_a_second_look_of_somebody_else(publisher, now):
    release = whole_draft(published_at=now)

    with pytest.raises(TransitionNotAllowed):
        release.force_publish(by=publisher, reason=" ")
    release.force_publish(by=publisher, reason="Night, nobody is there.")
    assert release.needs_second_look
    with pytest.raises(TransitionNotAllowed, match="yourself"):
        release.second_look(by=publisher)
    release.second_look(by=UserFactory())

    release.refresh_from_db()
    assert (release.state, release.needs_second_look) == (State.PUBLISHED, False)
    assert [each.action for each in release.log.all()] == ["second_look", "force_publish"]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("request_changes", {"note": ""}),
        ("withdraw", {"notice": " "}),
        ("restore", {"note": ""}),
        ("unpublish", {"reason": "\n"}),
    ],
)
def test_what_concerns_others_is_not_done_without_a_word(publisher, action, arguments):
    factories = {"request_changes": SubmittedFactory, "restore": WithdrawnFactory}
    release = factories.get(action, ReleaseFactory)()
    state = release.state

    with pytest.raises(TransitionNotAllowed):
        getattr(release, action)(by=publisher, **arguments)

    release.refresh_from_db()
    assert release.state == state


# What happens later


def test_what_is_scheduled_can_be_moved_without_a_new_review(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(days=1))

    release.reschedule(by=publisher, at=now + timedelta(days=2))

    assert (release.state, release.published_at) == (State.PUBLISHED, now + timedelta(days=2))


def test_the_date_of_what_is_public_does_not_move(publisher, now):
    release = ReleaseFactory(published_at=now)

    with pytest.raises(TransitionNotAllowed):
        release.reschedule(by=publisher, at=now + timedelta(days=2))


def test_what_was_withdrawn_can_be_restored(publisher, now):
    release = WithdrawnFactory()
    before = release.published_at

    release.restore(by=publisher, note="It was right after all.")

    release.refresh_from_db()
    assert (release.state, release.published_at, release.withdrawn_at) == (
        State.PUBLISHED,
        before,
        None,
    )
    assert PressRelease.objects.listed(now).filter(pk=release.pk).exists()


@pytest.mark.parametrize("factory", [ReleaseFactory, WithdrawnFactory])
def test_what_is_unpublished_is_gone_for_readers_and_can_come_back_as_a_draft(
    factory, publisher, now, client
):
    release = factory()

    release.unpublish(by=publisher, reason="Published in error.")
    assert client.get(release.get_absolute_url()).status_code == 410
    assert not PressRelease.objects.public(now).filter(pk=release.pk).exists()

    release.reopen(by=publisher)
    assert release.state == State.DRAFT
    assert client.get(release.get_absolute_url()).status_code == 410  # readers knew it


def test_what_is_unpublished_may_lead_to_what_takes_its_place(publisher, client):
    release, other = ReleaseFactory(), ReleaseFactory()
    there = f"https://testserver{other.get_absolute_url()}"

    release.unpublish(by=publisher, reason="Twice.", moved_to=there)

    answer = client.get(release.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (301, there)


@pytest.mark.parametrize(
    "address",
    [
        "https://testserver/press-releases/{release.pk}/{release.slug}/",
        "http://testserver:8000/press-releases/{release.pk}/another-slug/?x=1",
        "https://testserver/press%2Dreleases/{release.pk}",
        "https://testserver/fom/{node}",
        "https://testserver/press-releases/{draft.pk}/",
        "https://testserver/press-releases/{gone.pk}/{gone.slug}/",
        "https://testserver/press-releases/999999999/",
    ],
)
def test_what_is_unpublished_leads_neither_to_itself_nor_to_what_readers_do_not_get(
    publisher, address
):
    release = ReleaseFactory(legacy_key="86290:en")
    draft, gone = DraftFactory(), ReleaseFactory()
    gone.unpublish(by=publisher, reason="x")
    there = address.format(release=release, node=86290, draft=draft, gone=gone)

    with pytest.raises(TransitionNotAllowed):
        release.unpublish(by=publisher, reason="x", moved_to=there)


def test_two_that_are_unpublished_do_not_lead_to_each_other(publisher):
    first, second = ReleaseFactory(), ReleaseFactory()
    address = "https://testserver/press-releases/{}/"
    first.unpublish(by=publisher, reason="x", moved_to=address.format(second.pk))

    with pytest.raises(TransitionNotAllowed):
        second.unpublish(by=publisher, reason="x", moved_to=address.format(first.pk))


@pytest.mark.parametrize("there", ["https://a.example/press-releases/{}/", "https://[half", ""])
def test_what_is_unpublished_may_lead_to_another_site(publisher, there):
    release = ReleaseFactory()

    release.unpublish(by=publisher, reason="x", moved_to=there.format(release.pk))

    assert release.state == State.UNPUBLISHED


def test_what_is_scheduled_is_not_unpublished_which_would_tell_that_it_exists(publisher, now):
    release = ReleaseFactory(published_at=now + timedelta(days=1))

    with pytest.raises(TransitionNotAllowed):
        release.unpublish(by=publisher, reason="x")


# Versions


def test_every_save_and_every_transition_makes_a_version(publisher):
    release = DraftFactory()
    first = release.version

    release.save()
    release.submit(by=publisher)
    release.save(update_fields=["kind"])

    assert release.version == first + 3
    assert PressRelease.objects.get(pk=release.pk).version == first + 3


def test_two_saves_of_old_instances_make_two_versions():
    release = DraftFactory()
    one, other = (PressRelease.objects.get(pk=release.pk) for _ in range(2))

    one.save()
    other.save()

    assert other.version == release.version + 2


def test_what_readers_knew_is_known_still_when_it_is_taken_off_the_schedule(publisher, now, client):
    release = SubmittedFactory()
    release.publish(by=publisher, at=now)
    release.unpublish(by=publisher, reason="Wrong.")
    release.reopen(by=publisher)
    release.submit(by=UserFactory())
    release.publish(by=publisher, at=now + timedelta(days=1))

    release.unschedule(by=publisher)

    assert release.first_published_at  # so nobody deletes it
    assert client.get(release.get_absolute_url()).status_code == 410
