"""When a session ends, and that no text is lost by it."""

from datetime import timedelta

import pytest
from django.test import Client

from press.models import PressRelease
from structures.models import Role
from tests.factories import DraftFactory, person_at
from tests.press.test_admin import form_of

from .conftest import LIST, is_in

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def browser(anna, sign_in, now):
    return sign_in()[0]


def test_a_session_ends_after_four_hours_without_a_request(browser, time_machine):
    time_machine.shift(4 * HOUR + timedelta(minutes=6))

    assert not is_in(browser)


def test_work_keeps_a_session_but_not_longer_than_twelve_hours(browser, time_machine):
    for _ in range(11):
        time_machine.shift(HOUR)
        assert is_in(browser)
    time_machine.shift(HOUR + timedelta(minutes=1))

    assert not is_in(browser)


def test_the_cookie_ends_with_the_session(browser, time_machine):
    time_machine.shift(HOUR)
    cookie = browser.get("/admin/sign-in/").cookies["sessionid"]

    assert 0 < cookie["max-age"] <= 4 * 60 * 60


def test_most_pages_write_no_session(browser, django_assert_num_queries, time_machine):
    time_machine.shift(60)

    assert "sessionid" not in browser.get("/admin/sign-in/").cookies


def test_an_open_form_that_only_asks_who_is_there_keeps_nobody_signed_in(now, time_machine):
    client = Client()
    client.force_login(person_at(Role.EDITOR))
    draft = DraftFactory()
    for _ in range(9):
        time_machine.shift(HOUR / 2)
        client.post(f"{LIST}{draft.pk}/presence/")
        client.get(f"{LIST}presence/")

    assert client.get(LIST).status_code == 302


def test_what_was_typed_into_an_idle_form_is_given_back(now, time_machine):
    client = Client()
    client.force_login(person_at(Role.EDITOR))
    draft = DraftFactory()
    time_machine.shift(5 * HOUR)

    answer = client.post(f"{LIST}{draft.pk}/change/", form_of(draft, title="Five hours of work"))

    assert b"Five hours of work" in answer.content
    assert PressRelease.objects.get().title != "Five hours of work"


def test_a_new_password_ends_all_other_sessions(browser, sign_in, anna):
    other, _ = sign_in()
    data = {"old_password": "right", "new_password1": "aN3w-one!", "new_password2": "aN3w-one!"}

    assert browser.post("/admin/password_change/", data).status_code == 302

    assert is_in(browser)
    assert not is_in(other)


def test_signing_out_everywhere_else_keeps_the_password_and_this_session(browser, sign_in):
    other, _ = sign_in()

    browser.post("/admin/sign-in/elsewhere/", {"password": "right"})

    assert is_in(browser)
    assert not is_in(other)
    assert is_in(sign_in()[0])


def test_signing_out_everywhere_else_wants_the_password(browser, sign_in):
    other, _ = sign_in()

    browser.post("/admin/sign-in/elsewhere/", {"password": "wrong"})

    assert is_in(other)


def test_whoever_is_deactivated_is_out(browser, anna):
    anna.is_active = False
    anna.save()

    assert not is_in(browser)


def test_readers_get_no_session(client, db):
    assert "sessionid" not in client.get("/press-releases/").cookies
