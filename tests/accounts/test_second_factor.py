"""What is asked for after the password, and who gets where without it."""

import pytest
from django.conf import settings as live
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import factors
from accounts.models import SignIn, What
from press.models import PressRelease
from structures.models import Role
from tests.factories import DraftFactory, person_at
from tests.press.test_admin import form_of
from tests.press.test_roles import address, addresses, furnished
from tests.test_site import manage

from .conftest import FACTOR, LIST, LOGIN, is_in

pytestmark = pytest.mark.django_db


def test_without_a_factor_the_password_is_enough_where_it_is_optional(anna, sign_in):
    client, answer = sign_in()

    assert answer.headers["Location"] == LIST
    assert is_in(client)


def test_whoever_has_a_factor_is_asked_for_it(anna, app, sign_in):
    client, answer = sign_in()

    page = client.get(answer.headers["Location"], follow=True)

    assert page.redirect_chain[-1][0].startswith(FACTOR)
    assert not is_in(client)


def test_off_asks_nobody_and_offers_nothing(anna, app, sign_in, settings):
    settings.SECOND_FACTOR = "off"
    client, _ = sign_in()

    assert is_in(client)
    assert client.get("/admin/sign-in/app/").status_code == 404
    assert b"Set up" not in client.get("/admin/sign-in/").content


def test_required_lets_nobody_in_without_a_factor_but_to_set_one_up(anna, sign_in, settings):
    settings.SECOND_FACTOR = "required"
    client, _ = sign_in()

    answer = client.get(LIST, follow=True)

    assert answer.redirect_chain[-1][0].startswith("/admin/sign-in/app/")
    assert answer.status_code == 200
    assert client.get("/admin/sign-in/passkey/").status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize(
    ("second_factor", "is_set_up"), [("optional", True), ("required", True), ("required", False)]
)
def test_no_page_of_the_admin_opens_half_way(
    superuser, taxonomy, settings, second_factor, is_set_up
):
    """Every address, also those that only take forms; the stock pages among them."""
    settings.SECOND_FACTOR = second_factor
    release = furnished(DraftFactory())
    if is_set_up:
        TOTPDevice.objects.create(user=superuser)
    client = Client()
    client.force_login(superuser)
    open_to_all = {"login", "logout", "sign_in_factor"}
    if not is_set_up:
        open_to_all |= {"sign_in_app", "sign_in_passkey"}

    for name in set(addresses(admin.site.get_urls())) - open_to_all:
        for method in ("get", "post"):
            answer = getattr(client, method)(address(name, release))
            # Forms of releases come back with what was typed, and nothing else.
            is_given_back = answer.status_code == 403 and b"You are signed out" in answer.content
            assert answer.status_code == 302 or is_given_back, (name, method)
            if answer.status_code == 302:
                assert answer.headers["Location"].startswith(LOGIN), (name, method)


def test_a_form_that_is_sent_half_way_is_given_back(anna, sign_in):
    editor = person_at(Role.EDITOR)
    client = Client()
    client.force_login(editor)
    draft = DraftFactory()
    TOTPDevice.objects.create(user=editor)
    factors.forget(session := client.session)
    session.save()

    sent = form_of(draft, title="What I typed")
    answer = client.post(f"{LIST}{draft.pk}/change/", sent)

    assert answer.status_code == 403
    assert b"What I typed" in answer.content
    assert PressRelease.objects.get().title != "What I typed"


def test_a_code_opens_the_page_that_was_wanted(anna, code, sign_in):
    client, _ = sign_in()

    answer = client.post(FACTOR, {"code": code(), "next": LIST})

    assert answer.headers["Location"] == LIST
    assert is_in(client)


def test_a_code_may_be_typed_with_a_space(anna, code, sign_in):
    client, _ = sign_in()
    digits = code()

    client.post(FACTOR, {"code": f" {digits[:3]} {digits[3:]} "})

    assert is_in(client)


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "\\\\evil"]
)
def test_after_the_code_nobody_is_sent_to_another_site(anna, code, sign_in, wanted):
    client, _ = sign_in()

    answer = client.post(FACTOR, {"code": code(), "next": wanted})

    assert answer.headers["Location"] == "/admin/"
    assert client.get(f"{FACTOR}?next={wanted}").headers["Location"] == "/admin/"


@pytest.mark.parametrize("wrong", ["000000", "", "x", "１２３４５６", "1" * 20, "aaaaaaaaaa", "\0"])
def test_a_wrong_code_opens_nothing(anna, app, sign_in, wrong):
    client, _ = sign_in()

    answer = client.post(FACTOR, {"code": wrong})

    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not is_in(client)


def test_a_code_is_good_once(anna, code, sign_in):
    digits = code()
    first, _ = sign_in()
    second, _ = sign_in()

    first.post(FACTOR, {"code": digits})
    second.post(FACTOR, {"code": digits})

    assert is_in(first)
    assert not is_in(second)


def test_another_persons_code_is_none(anna, app, superuser, sign_in, now):
    other = TOTPDevice.objects.create(user=superuser)
    client, _ = sign_in()
    client.post(FACTOR, {"code": f"{totp(other.bin_key):06}"})

    assert not is_in(client)


def test_wrong_codes_make_the_next_one_wait(anna, code, sign_in):
    client, _ = sign_in()
    for _ in range(3):
        client.post(FACTOR, {"code": "000000"})

    right = client.post(FACTOR, {"code": f"{0:06}"})

    assert "Too many wrong codes" in right.content.decode()
    assert not is_in(client)


def test_the_wait_after_wrong_codes_ends_at_an_hour(anna, app, now):
    TOTPDevice.objects.update(throttling_failure_count=40, throttling_failure_timestamp=now)
    factors.verified_by(anna, "000000")

    assert (factors.waits_until(anna) - now).total_seconds() < 70 * 60


def test_five_wrong_codes_lock_and_the_password_does_not_lift_it(anna, code, sign_in, time_machine):
    client, _ = sign_in()
    statuses = []
    for _ in range(5):
        sign_in(client=client)
        time_machine.shift(40)  # the wait of the device is over
        statuses.append(client.post(FACTOR, {"code": "000000"}).status_code)
    assert statuses == [200, 200, 200, 200, 429]

    assert client.post(FACTOR, {"code": code()}).status_code == 429
    assert sign_in()[1].status_code == 429
    assert not is_in(client)


def test_a_backup_code_is_good_once(anna, backup_codes, sign_in):
    first, _ = sign_in()
    second, _ = sign_in()

    answer = first.post(FACTOR, {"code": backup_codes[0].upper()}, follow=True)
    second.post(FACTOR, {"code": backup_codes[0]})

    assert "9 are left" in answer.content.decode()
    assert is_in(first)
    assert not is_in(second)


def test_of_backup_codes_only_hashes_are_stored(anna, backup_codes):
    stored = set(StaticToken.objects.values_list("token", flat=True))

    assert len(stored) == len(set(backup_codes)) == 10
    assert not {code.replace("-", "") for code in backup_codes} & stored


def test_new_backup_codes_make_the_old_ones_void(anna, backup_codes, sign_in):
    factors.new_backup_codes(anna)
    client, _ = sign_in()

    client.post(FACTOR, {"code": backup_codes[0]})

    assert StaticDevice.objects.filter(user=anna).count() == 1
    assert not is_in(client)


def test_a_session_elsewhere_is_asked_within_minutes_of_a_first_factor(
    anna, sign_in, time_machine, now
):
    client, _ = sign_in()
    assert is_in(client)
    TOTPDevice.objects.create(user=anna)

    time_machine.shift(301)

    assert not is_in(client)


def test_a_removed_factor_opens_nothing_any_more(anna, code, sign_in, app):
    client, _ = sign_in()
    client.post(FACTOR, {"code": code()})
    TOTPDevice.objects.create(user=anna, name="Other")
    app.delete()

    assert not is_in(client)


def test_signing_in_again_in_the_same_browser_asks_again(anna, code, sign_in):
    client, _ = sign_in()
    client.post(FACTOR, {"code": code()})

    sign_in(client=client)

    assert not is_in(client)


def test_the_session_gets_a_new_name_when_the_factor_is_given(anna, code, sign_in):
    client, _ = sign_in()
    before = client.session.session_key

    client.post(FACTOR, {"code": code()})

    assert client.session.session_key != before


def test_whoever_is_half_in_may_sign_out(anna, app, sign_in):
    client, _ = sign_in()

    answer = client.post("/admin/logout/")

    assert b"signed-out" in answer.content
    assert "_auth_user_id" not in client.session


def test_whoever_is_half_in_may_leave_and_keeps_unsaved_texts(anna, app, sign_in):
    client, _ = sign_in()

    answer = client.post(FACTOR, {"leave": "yes"}, follow=True)

    assert answer.redirect_chain[-1][0] == LOGIN
    assert b"signed-out" not in answer.content  # by this the script knows that it has to wipe them
    assert "_auth_user_id" not in client.session


def test_whoever_is_deactivated_half_way_gets_no_further(anna, code, sign_in):
    client, _ = sign_in()
    anna.is_active = False
    anna.save()

    answer = client.post(FACTOR, {"code": code()})

    assert answer.headers["Location"].startswith(LOGIN)


def test_the_page_of_the_factor_is_not_for_strangers(client, db):
    assert client.get(FACTOR).headers["Location"].startswith(LOGIN)
    assert client.get("/admin/sign-in/app/").headers["Location"].startswith(LOGIN)


def test_giving_the_factor_costs_the_desk_one_question(anna, code, sign_in):
    anna.desk_memberships.create(role=Role.EDITOR)
    draft = DraftFactory()
    plain = Client()
    plain.force_login(person_at(Role.EDITOR))
    client, _ = sign_in()
    client.post(FACTOR, {"code": code()})

    for path in ("", "add/", f"{draft.pk}/change/"):
        counts = []
        for each in (plain, client):
            with CaptureQueriesContext(connection) as queries:
                assert each.get(LIST + path).status_code == 200
            counts.append(len(queries))
        assert counts[1] <= counts[0] + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECOND_FACTOR", "yes"),
        ("TRUSTED_PROXIES", "-1"),
        ("SESSION_HOURS", "0"),
        ("SESSION_IDLE_HOURS", "four"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(name, value):
    done = manage("check", **{name: value})

    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_the_default_is_optional():
    assert live.SECOND_FACTOR == "optional"


def test_the_record_says_how_somebody_got_in(anna, code, sign_in):
    client, _ = sign_in()
    client.post(FACTOR, {"code": "000000"})
    client.post(FACTOR, {"code": code()})

    found = list(SignIn.objects.order_by("pk").values_list("what", "detail"))
    assert found == [
        (What.PASSWORD, ""),
        (What.FACTOR_FAILED, ""),
        (What.SIGNED_IN, "Authenticator app “Phone”"),
    ]


def test_the_pages_of_factors_are_kept_by_no_cache(anna, app, sign_in):
    client, _ = sign_in()

    assert "no-store" in client.get(FACTOR).headers["Cache-Control"]
    assert "no-store" in client.get(reverse("admin:login")).headers["Cache-Control"]
