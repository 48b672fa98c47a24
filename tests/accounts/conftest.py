from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts import factors

LOGIN = "/admin/login/"
FACTOR = "/admin/sign-in/factor/"
LIST = "/admin/press/pressrelease/"


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna", password="right", is_staff=True, is_superuser=False)


@pytest.fixture
def app(anna):
    """Anna's authenticator app."""
    return TOTPDevice.objects.create(user=anna, name="Phone", key=default_key())


@pytest.fixture
def code(app, time_machine, now):
    """code() -> what the app shows; half a minute passes, so each is a new one."""

    def code():
        time_machine.shift(timedelta(seconds=30))
        return f"{totp(app.bin_key):06}"

    return code


@pytest.fixture
def backup_codes(anna, app):
    return factors.new_backup_codes(anna)


@pytest.fixture
def sign_in():
    """sign_in(name, password) -> (a browser, the answer)"""

    def sign_in(name="anna", password="right", client=None, **headers):
        client = client or Client()
        data = {"username": name, "password": password, "next": LIST}
        return client, client.post(LOGIN, data, **headers)

    return sign_in


def is_in(client):
    return client.get("/admin/sign-in/").status_code == 200
