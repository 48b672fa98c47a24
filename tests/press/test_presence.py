from datetime import timedelta

import pytest
from django.test import Client

from press.models import EditSession, PressRelease
from press.workflow import State
from structures.models import Role
from tests.factories import DraftFactory, StructureFactory, person_at

from .test_admin import form_of

pytestmark = pytest.mark.django_db

RELEASES = "/admin/press/pressrelease/"


def person(name, *, role=Role.EDITOR, **fields):
    client = Client()
    client.force_login(person_at(role, username=name, **fields))
    return client


@pytest.fixture
def anna():
    return person("anna", first_name="Anna", last_name="Berg")


@pytest.fixture
def olga():
    return person("olga")


@pytest.fixture
def release(now):
    return DraftFactory()


def form(client, release):
    return client.get(f"{RELEASES}{release.pk}/change/")


def ping(client, release, **data):
    return client.post(f"{RELEASES}{release.pk}/presence/", data)


def test_the_form_names_the_other_without_a_script_but_not_oneself(anna, olga, release):
    ping(anna, release)
    assert b"is editing" not in form(anna, release).content

    shown = form(olga, release).content.decode()

    assert "Anna Berg is editing this release, last seen 12:00." in shown
    assert "olga is editing" not in shown


def test_a_ping_names_the_other_but_not_oneself(anna, olga, release):
    assert ping(anna, release).json()["people"] == []
    assert ping(olga, release).json()["people"] == [{"name": "Anna Berg", "seen": "12:00"}]
    assert ping(anna, release).json()["people"] == [{"name": "olga", "seen": "12:00"}]


def test_it_is_about_this_release_only(anna, olga, release):
    ping(anna, DraftFactory())

    assert ping(olga, release).json()["people"] == []


def test_who_was_not_heard_of_for_two_minutes_is_gone(anna, olga, release, now, time_machine):
    ping(anna, release)

    time_machine.move_to(now + timedelta(minutes=2), tick=False)
    assert len(ping(olga, release).json()["people"]) == 1
    time_machine.move_to(now + timedelta(minutes=2, seconds=1), tick=False)
    assert ping(olga, release).json()["people"] == []


def test_who_may_only_see_it_hears_names_and_is_not_said_to_edit(anna, release):
    PressRelease.objects.update(state=State.IN_REVIEW)  # out of the hands of its author
    reader = person("reader", role=Role.AUTHOR)
    ping(anna, release)

    assert len(ping(reader, release).json()["people"]) == 1
    assert b"Anna Berg is editing" in form(reader, release).content
    assert EditSession.objects.count() == 1


def test_a_ping_is_refused_to_whoever_may_not_see_the_release(anna, release):
    ping(anna, release)

    stranger = ping(person("stranger", desk=StructureFactory()), release)
    assert (stranger.status_code, b"Anna" in stranger.content) == (404, False)
    assert ping(Client(), release).status_code == 302
    assert ping(Client(enforce_csrf_checks=True), release).status_code == 403
    assert EditSession.objects.count() == 1


def test_a_ping_only_by_post_and_only_for_a_release_that_is_there(anna, release):
    assert anna.get(f"{RELEASES}{release.pk}/presence/").status_code == 405
    for nonsense in ("0", "x", "add"):
        assert anna.post(f"{RELEASES}{nonsense}/presence/").status_code == 404
    assert not EditSession.objects.exists()


def test_there_is_one_row_for_a_person_and_a_release(anna, release):
    form(anna, release)
    for _ in range(3):
        ping(anna, release)

    assert EditSession.objects.count() == 1


def test_rows_older_than_a_day_go_on_the_way(anna, olga, release, now):
    ping(anna, release)
    EditSession.objects.update(last_seen=now - timedelta(days=1, seconds=1))

    ping(olga, release)

    assert [each.user.username for each in EditSession.objects.all()] == ["olga"]


def test_a_ping_says_that_a_newer_version_was_saved(anna, olga, release):
    opened = release.version
    assert ping(anna, release, version=opened).json()["saved"] == ""

    olga.post(f"{RELEASES}{release.pk}/change/", form_of(release, title="Hers"))

    assert ping(anna, release, version=opened).json()["saved"] == "12:00"
    assert ping(anna, release, version=opened + 1).json()["saved"] == ""
    for nonsense in ("", "x", "-1", "9" * 30):
        assert ping(anna, release, version=nonsense).json()["saved"] == ""


def test_a_ping_does_not_change_the_release(anna, release):
    before = PressRelease.objects.values().get(pk=release.pk)
    ping(anna, release, version=release.version, title="x")
    assert PressRelease.objects.values().get(pk=release.pk) == before


def test_a_ping_costs_ten_queries_at_most_alone_and_among_ten(
    anna, release, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        ping(anna, release)
    for number in range(10):
        ping(person(f"p{number}"), release)
    with django_assert_max_num_queries(10):
        assert len(ping(anna, release).json()["people"]) == 10


def test_a_token_and_who_is_signed_in_are_told_to_them_only(anna):
    answer = anna.get(f"{RELEASES}presence/")

    assert answer.json()["user"] == anna.session["_auth_user_id"]
    assert "no-store" in answer["Cache-Control"]
    assert anna.post(f"{RELEASES}presence/").status_code == 405
    assert Client().get(f"{RELEASES}presence/").status_code == 302


def test_a_save_is_confirmed_to_the_draft_that_was_sent(anna, release):
    address, cookie = f"{RELEASES}{release.pk}/change/", "release_saved_abcdefgh"

    refused = anna.post(address, {**form_of(release, title=""), "draft_id": "abcdefgh"})
    assert cookie not in refused.cookies
    assert b'data-draft="abcdefgh"' in refused.content
    stale = {**form_of(release), "opened_version": "0", "draft_id": "abcdefgh"}
    assert cookie not in anna.post(address, stale).cookies

    saved = anna.post(address, {**form_of(release), "draft_id": "abcdefgh"})

    assert saved.status_code == 302
    assert saved.cookies[cookie]["path"] == "/admin/"
    assert not saved.cookies[cookie]["httponly"]


@pytest.mark.parametrize("nonsense", ["", "x", 'a"; Path=/', "ÄÖÜäöüäöü", "a" * 41])
def test_a_name_that_no_script_of_ours_gave_makes_no_cookie(anna, release, nonsense):
    sent = {**form_of(release), "draft_id": nonsense}
    answer = anna.post(f"{RELEASES}{release.pk}/change/", sent)

    assert answer.status_code == 302
    assert not [name for name in answer.cookies if name.startswith("release_saved")]
