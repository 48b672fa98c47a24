"""What a browser may send as a passkey that is none; tests/browser/test_sign_in.py has real ones."""

import json

import pytest
from django.test import RequestFactory
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import SignIn, What
from accounts.passkeys import origin, relying_party_id

from .conftest import FACTOR, is_in

pytestmark = pytest.mark.django_db
PASSKEY = "/admin/sign-in/passkey/"
SHAPED = {
    "id": "YWJj",
    "rawId": "YWJj",
    "type": "public-key",
    "response": {
        "clientDataJSON": "e30",
        "attestationObject": "oA",
        "authenticatorData": "AAAA",
        "signature": "AAAA",
    },
}
HOSTILE = [
    "", "null", "[]", "{}", "1", "{", '"x"', json.dumps(SHAPED),
    json.dumps({**SHAPED, "rawId": "%%%"}), json.dumps({**SHAPED, "id": None}),
    json.dumps({**SHAPED, "response": []}), json.dumps({**SHAPED, "response": {}}),
    json.dumps({**SHAPED, "response": {**SHAPED["response"], "clientDataJSON": "eA"}}),
    json.dumps({**SHAPED, "response": {**SHAPED["response"], "transports": 5}}),
    "[" * 5000,
]  # fmt: skip


@pytest.fixture
def key(anna):
    return WebAuthnCredential.objects.create(
        user=anna, name="Laptop", credential_id=b"abc", public_key=b"x"
    )


@pytest.mark.parametrize("sent", HOSTILE)
def test_no_answer_of_a_browser_opens_anything_or_breaks(key, sign_in, sent):
    client, _ = sign_in()
    client.get(FACTOR)

    answer = client.post(FACTOR, {"credential": sent})

    assert "was not accepted" in answer.content.decode()
    assert not is_in(client)
    assert SignIn.objects.filter(what=What.FACTOR_FAILED).exists()


@pytest.mark.parametrize("sent", HOSTILE)
def test_no_answer_of_a_browser_is_stored_as_a_passkey(anna, sign_in, sent):
    client, _ = sign_in()
    client.get(PASSKEY)

    answer = client.post(PASSKEY, {"credential": sent, "password": "right"})

    assert answer.status_code == 200
    assert not WebAuthnCredential.objects.exists()


def test_an_answer_without_a_question_is_none(key, sign_in):
    client, _ = sign_in()

    answer = client.post(FACTOR, {"credential": json.dumps(SHAPED)})

    assert "was not accepted" in answer.content.decode()


def test_a_challenge_is_asked_once(key, sign_in):
    client, _ = sign_in()
    client.get(FACTOR)
    first = client.session["passkey_state"]["challenge"]

    client.post(FACTOR, {"credential": "{}"})

    assert client.session["passkey_state"]["challenge"] != first


def test_without_a_passkey_none_is_asked_for(anna, app, sign_in):
    client, _ = sign_in()

    assert b"passkey-form" not in client.get(FACTOR).content


def test_passkeys_are_bound_to_the_public_address_of_the_site(settings):
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/", HTTP_HOST="localhost:8000")
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert (origin(request), relying_party_id(request)) == ("http://localhost:8000", "localhost")

    settings.SITE_URL = "https://press.example.org"
    assert origin(request) == "https://press.example.org"
    assert relying_party_id(request) == "press.example.org"
