"""Guessing passwords: five failures under one name from one address, then a wait."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from accounts.address import address_of, network_of
from accounts.models import SignIn, What

from .conftest import is_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fail(sign_in):
    """fail(times, name) -> the last answer"""

    def fail(times, name="anna", **headers):
        for _ in range(times):
            _, answer = sign_in(name, "wrong", **headers)
        return answer

    return fail


def test_four_failures_lock_nobody_out(anna, fail, sign_in):
    assert fail(4).status_code == 200
    client, _ = sign_in()

    assert is_in(client)


def test_the_fifth_failure_locks_and_the_page_says_until_when(anna, fail, sign_in, now):
    answer = fail(5)

    assert answer.status_code == 429
    assert "12:15:00" in answer.content.decode()
    assert answer.headers["Retry-After"] == "900"
    client, answer = sign_in()
    assert answer.status_code == 429
    assert not is_in(client)


def test_the_lock_ends_after_a_quarter_of_an_hour_also_for_who_kept_trying(
    anna, fail, sign_in, now, time_machine
):
    fail(5)
    time_machine.shift(14 * 60)
    assert fail(3).status_code == 429
    time_machine.shift(61)

    client, _ = sign_in()

    assert is_in(client)


def test_success_begins_at_nought(anna, fail, sign_in):
    fail(4)
    sign_in()

    assert fail(4).status_code == 200


def test_from_another_address_the_owner_gets_in(anna, fail, sign_in):
    fail(5)

    client, _ = sign_in(REMOTE_ADDR="192.0.2.7")

    assert client.get("/admin/sign-in/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_another_name_from_the_same_address_gets_in(anna, fail, sign_in):
    User.objects.create_user("bert", password="right", is_staff=True)
    fail(5)

    client, _ = sign_in("bert")

    assert is_in(client)


def test_another_browser_at_the_same_address_is_not_another_one(anna, fail, sign_in):
    for number in range(5):
        answer = fail(1, HTTP_USER_AGENT=f"Browser {number}")

    assert answer.status_code == 429


def test_nothing_tells_whether_a_name_exists(anna, fail, now):
    User.objects.create_user("reader", password="wrong")  # right for him, who may not come here
    User.objects.create_user("gone", password="right", is_staff=True, is_active=False)

    def pages(name):
        contents = [fail(1, name) for _ in range(6)]
        return [
            (each.status_code, each.content.decode().count(name), len(each.content))
            for each in contents
        ]

    statuses = {name: pages(name) for name in ("anna", "none", "gone", "reader")}

    for name, found in statuses.items():
        assert [status for status, *_ in found] == [200] * 4 + [429] * 2, name
    assert [size for *_, size in statuses["anna"]] == [size for *_, size in statuses["none"]]


def test_the_lock_says_no_name(anna, fail):
    assert b"anna" not in fail(5).content


def test_what_axes_keeps_holds_no_password(anna, sign_in):
    sign_in("anna", "my-wrong-secret")

    row = AccessAttempt.objects.get()
    assert "my-wrong-secret" not in str(vars(row))
    assert "csrfmiddlewaretoken=*" in row.post_data or "csrf" not in row.post_data


def test_the_password_on_our_own_pages_is_guessed_no_more_often(anna, sign_in):
    client, _ = sign_in()

    statuses = [
        client.post("/admin/sign-in/elsewhere/", {"password": f"guess {n}"}).status_code
        for n in range(6)
    ]

    assert statuses == [200] * 4 + [429] * 2
    assert client.post("/admin/sign-in/elsewhere/", {"password": "right"}).status_code == 429


def test_names_that_no_column_can_hold_are_refused_quietly(client, db):
    for name in ("a\0b", "x" * 300, "", "\U0001f600" * 150):
        data = {"username": name, "password": "x"}
        assert client.post("/admin/login/", data).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.9", "127.0.0.1"),  # nobody is believed
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "10.9.9.9, 198.51.100.9", "198.51.100.9"),  # the left one is of the reader's making
        (2, "10.9.9.9, 198.51.100.9, 203.0.113.4", "198.51.100.9"),
        (2, "198.51.100.9", "127.0.0.1"),  # it came past a proxy
        (1, "", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "::ffff:198.51.100.9", "198.51.100.9"),
        (1, " 2001:DB8::1 ", "2001:db8::1"),
    ],
)
def test_only_our_proxies_say_where_somebody_is(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert address_of(request) == expected


def test_a_socket_has_no_address():
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="")) is None


def test_a_network_of_ipv6_counts_as_one_address(anna, fail):
    for number in range(5):
        answer = fail(1, REMOTE_ADDR=f"2001:db8:1:2::{number}")

    assert answer.status_code == 429
    other = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:3::1")
    assert network_of(other) == "2001:db8:1:3::"


def test_a_forged_header_makes_nobody_somebody_else(anna, fail):
    for number in range(5):
        answer = fail(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")

    assert answer.status_code == 429


def test_failures_and_the_lock_are_on_record(anna, fail):
    fail(6)

    found = SignIn.objects.order_by("pk").values_list("what", flat=True)
    assert list(found) == [What.FAILED] * 5 + [What.LOCKED] * 2


def test_a_locked_out_browser_still_reads_the_site(anna, fail):
    fail(5)

    assert Client().get("/press-releases/").status_code == 200
