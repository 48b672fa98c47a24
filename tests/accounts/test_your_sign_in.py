"""Setting second factors up and removing them, by oneself and by a superuser."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import factors
from accounts.models import SignIn, What
from tests.factories import UserFactory

from .conftest import FACTOR, is_in

pytestmark = pytest.mark.django_db
APP = "/admin/sign-in/app/"
REMOVE = "/admin/sign-in/remove/"


@pytest.fixture
def browser(anna, sign_in, now):
    return sign_in()[0]


@pytest.fixture
def verified(anna, code, sign_in):
    """A browser in which Anna has given a code of her app."""
    client, _ = sign_in()
    client.post(FACTOR, {"code": code()})
    return client


def code_of(client):
    key = client.session["app_key"]
    return f"{totp(bytes.fromhex(key)):06}"


def set_up(client, **changes):
    client.get(APP)
    return client.post(APP, {"code": code_of(client), "password": "right", "name": "", **changes})


def test_an_app_is_set_up_with_a_code_and_the_password(browser, anna):
    answer = set_up(browser, name="Phone")

    assert TOTPDevice.objects.get(user=anna).name == "Phone"
    assert answer.content.decode().count("<li><code>") == 10
    assert "no-store" in answer.headers["Cache-Control"]
    assert is_in(browser)
    found = SignIn.objects.filter(what=What.FACTOR_ADDED).values_list("detail", flat=True)
    assert set(found) == {"Authenticator app “Phone”", "Backup codes"}


def test_backup_codes_are_not_shown_again(browser):
    page = set_up(browser).content.decode()
    code = page.split("<li><code>")[1].split("<")[0]

    assert code not in browser.get("/admin/sign-in/").content.decode()


def test_the_code_that_set_an_app_up_signs_nobody_in(browser, anna, sign_in):
    browser.get(APP)
    code = code_of(browser)
    set_up(browser, code=code)
    other, _ = sign_in()

    other.post(FACTOR, {"code": code})

    assert not is_in(other)


@pytest.mark.parametrize(
    "wrong", [{"code": "000000"}, {"code": ""}, {"code": "１２３４５６"}, {"password": "wrong"}]
)
def test_an_app_is_not_set_up_by_guessing(browser, wrong):
    answer = set_up(browser, **wrong)

    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not TOTPDevice.objects.exists()


def test_the_key_stays_the_same_while_it_is_shown_again(browser):
    set_up(browser, password="wrong")
    key = browser.session["app_key"]
    browser.get(APP)

    assert browser.session["app_key"] == key


def test_the_key_is_on_the_page_as_picture_and_as_text(browser):
    page = browser.get(APP).content.decode()

    assert "<svg" in page
    assert " style=" not in page.split("<form")[1]
    assert 'class="secret"' in page


def test_half_way_nobody_sets_up_another_factor(anna, app, sign_in):
    """Or a stolen password would be enough."""
    client, _ = sign_in()
    for page in (APP, "/admin/sign-in/passkey/"):
        assert client.get(page).status_code == 302
        assert client.post(page, {"password": "right", "code": "123456"}).status_code == 302

    assert TOTPDevice.objects.count() == 1


def test_required_ends_when_a_factor_is_set_up(anna, sign_in, settings, now):
    settings.SECOND_FACTOR = "required"
    client, _ = sign_in()
    assert not is_in(client)

    answer = set_up(client, next="/admin/press/pressrelease/")

    assert 'href="/admin/press/pressrelease/" class="button default"' in answer.content.decode()
    assert is_in(client)


def test_after_backup_codes_nobody_is_led_to_another_site(browser):
    assert b"evil" not in set_up(browser, next="javascript:evil()").content


def test_a_factor_is_removed_with_the_password(verified, anna, app):
    address = f"{REMOVE}?factor={app.persistent_id}"
    assert "Phone" in verified.get(address).content.decode()
    verified.post(address, {"password": "wrong"})
    assert factors.has_factor(anna)

    verified.post(address, {"password": "right"})

    assert not factors.has_factor(anna)
    assert is_in(verified)
    assert (
        SignIn.objects.filter(what=What.FACTOR_REMOVED).get().detail == "Authenticator app “Phone”"
    )


def test_with_the_last_factor_backup_codes_go(verified, anna, app):
    factors.new_backup_codes(anna)
    verified.post(f"{REMOVE}?factor={app.persistent_id}", {"password": "right"})

    assert factors.backup_codes_left(anna) == 0


def test_the_last_factor_stays_where_one_is_required(verified, anna, app, settings):
    settings.SECOND_FACTOR = "required"
    address = f"{REMOVE}?factor={app.persistent_id}"

    answer = verified.post(address, {"password": "right"}, follow=True)

    assert "this is the last one" in answer.content.decode()
    assert factors.has_factor(anna)


def test_another_one_than_the_last_may_go(verified, anna, app, settings):
    settings.SECOND_FACTOR = "required"
    other = TOTPDevice.objects.create(user=anna, name="Old phone")

    verified.post(f"{REMOVE}?factor={other.persistent_id}", {"password": "right"})

    assert TOTPDevice.objects.get() == app


def test_nobody_removes_the_factor_of_somebody_else(verified, superuser):
    other = TOTPDevice.objects.create(user=superuser)

    verified.post(f"{REMOVE}?factor={other.persistent_id}", {"password": "right"})
    verified.post(f"{REMOVE}?factor=auth.user/{superuser.pk}", {"password": "right"})

    assert TOTPDevice.objects.filter(pk=other.pk).exists()
    assert User.objects.filter(pk=superuser.pk).exists()


def test_backup_codes_are_made_with_the_password_and_beside_a_factor_only(verified, anna, app):
    here = "/admin/sign-in/codes/"
    verified.post(here, {"password": "wrong"})
    assert factors.backup_codes_left(anna) == 0
    verified.post(here, {"password": "right"})
    assert factors.backup_codes_left(anna) == 10

    app.delete()
    verified.post(here, {"password": "right"})
    assert verified.get(here).status_code == 302


def test_the_own_last_sign_ins_are_shown_and_no_others(browser, superuser, sign_in):
    sign_in("admin", "x", REMOTE_ADDR="203.0.113.99")
    sign_in("anna", "wrong", REMOTE_ADDR="198.51.100.4")

    page = browser.get("/admin/sign-in/").content.decode()

    assert "198.51.100.4" in page
    assert "203.0.113.99" not in page


# A superuser


@pytest.fixture
def root(superuser):
    client = Client()
    client.force_login(superuser)
    return client


def test_a_superuser_removes_lost_factors_and_it_is_logged(root, superuser, anna, backup_codes):
    here = f"/admin/auth/user/{anna.pk}/factors/"
    form = root.get(f"/admin/auth/user/{anna.pk}/change/").content.decode()
    assert here in form
    assert root.get(here).status_code == 200
    assert factors.has_factor(anna)

    root.post(here)

    assert not factors.has_factor(anna)
    assert factors.backup_codes_left(anna) == 0
    assert SignIn.objects.get(what=What.FACTORS_RESET).person == anna
    assert LogEntry.objects.get(object_id=anna.pk).user == superuser


def test_a_session_of_a_removed_factor_is_asked_again(root, verified, anna, settings):
    settings.SECOND_FACTOR = "required"
    root_device = TOTPDevice.objects.create(user=User.objects.get(username="admin"))
    session = root.session
    session["otp_device_id"] = root_device.persistent_id
    session.save()

    root.post(f"/admin/auth/user/{anna.pk}/factors/")

    assert not is_in(verified)


def test_who_may_change_people_may_not_remove_their_factors(anna, app):
    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__endswith="_user"))
    client = Client()
    client.force_login(clerk)

    assert client.post(f"/admin/auth/user/{anna.pk}/factors/").status_code == 403
    assert factors.has_factor(anna)


def test_the_form_for_a_new_person_still_opens(root):
    assert root.get("/admin/auth/user/add/").status_code == 200


def test_the_stock_pages_that_show_keys_are_gone(root, anna, app):
    for page in ("otp_totp/totpdevice", "otp_static/staticdevice", "axes/accessattempt"):
        assert root.get(f"/admin/{page}/").status_code == 404


def test_a_person_with_factors_can_be_deleted(root, anna, backup_codes):
    root.post(f"/admin/auth/user/{anna.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=anna.pk).exists()


def test_a_code_works_within_half_a_minute_of_the_clock(anna, app, now, time_machine):
    early = f"{totp(app.bin_key):06}"
    time_machine.shift(timedelta(seconds=30))

    assert factors.verified_by(anna, early) == app
