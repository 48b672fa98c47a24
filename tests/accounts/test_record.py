"""What is on record about sign-ins, and who reads it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn, What
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
RECORD = "/admin/accounts/signin/"


def test_signing_in_and_out_is_on_record(anna, sign_in, now):
    client, _ = sign_in(HTTP_USER_AGENT="Lynx", REMOTE_ADDR="192.0.2.7")
    client.post("/admin/logout/")

    came, went = SignIn.objects.order_by("pk")
    assert (came.what, came.person, came.username) == (What.SIGNED_IN, anna, "anna")
    assert (came.address, came.browser, came.at) == ("192.0.2.7", "Lynx", now)
    assert (went.what, went.person) == (What.SIGNED_OUT, anna)


def test_a_name_that_nobody_has_is_on_record_as_given(sign_in, db):
    sign_in("nobody", "secret-guess")

    row = SignIn.objects.get()
    assert (row.what, row.person, row.username) == (What.FAILED, None, "nobody")
    assert "secret-guess" not in str(vars(row))


def test_nothing_on_record_steers_a_terminal_or_overflows(sign_in, db):
    sign_in("a\x1b[2Jb\u202ec" + "x" * 100, "x", HTTP_USER_AGENT="\x1b]0;x\x07" + "y" * 999)

    row = SignIn.objects.get()
    assert row.username.isprintable()
    assert row.browser.isprintable()
    assert len(row.browser) == 200


def test_who_signs_out_twice_is_on_record_once(anna, sign_in):
    client, _ = sign_in()
    for _ in range(2):
        client.post("/admin/logout/")

    assert SignIn.objects.filter(what=What.SIGNED_OUT).count() == 1


def test_the_record_outlives_the_person(anna, sign_in):
    sign_in()
    anna.delete()

    assert SignIn.objects.get().username == "anna"


def test_superusers_read_the_record_and_nobody_changes_it(superuser, anna, sign_in):
    sign_in()
    row = SignIn.objects.get()
    client = Client()
    client.force_login(superuser)

    assert "anna" in client.get(RECORD).content.decode()
    assert client.get(f"{RECORD}{row.pk}/change/").status_code == 200
    for page in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert client.post(RECORD + page, {"username": "x", "post": "yes"}).status_code == 403
    client.post(RECORD, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    row.refresh_from_db()
    assert row.username == "anna"


def test_others_do_not_read_the_record(anna):
    client = Client()
    client.force_login(UserFactory(is_staff=True))

    assert client.get(RECORD).status_code == 403
    assert RECORD not in client.get("/admin/").content.decode()


def test_the_record_is_kept_for_ninety_days(anna):
    now = timezone.now()
    for days in (89, 91):
        SignIn.objects.create(username=f"{days}", what=What.FAILED, at=now - timedelta(days=days))

    call_command("clear_sign_ins")

    assert [row.username for row in SignIn.objects.all()] == ["89"]


def test_publish_due_clears_the_record(anna, settings):
    settings.SITE_URL = "https://press.example.org"
    SignIn.objects.create(username="x", what=What.FAILED, at=timezone.now() - timedelta(days=91))

    call_command("publish_due", verbosity=0)

    assert not SignIn.objects.exists()


def test_no_log_says_a_password_or_a_code(anna, app, sign_in, caplog):
    caplog.set_level("DEBUG")
    client, _ = sign_in("anna", "guessed-password")
    client, _ = sign_in()
    client.post("/admin/sign-in/factor/", {"code": "987654"})

    assert "guessed-password" not in caplog.text
    assert "987654" not in "".join(
        line for line in caplog.text.splitlines() if "INSERT" not in line or "session" in line
    )
