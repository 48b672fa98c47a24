"""Passkeys (WebAuthn), for which the browser answers a challenge; static/sign-in.js asks it to."""

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers.exceptions import WebAuthnException

STATE = "passkey_state"
# What a browser sends may be anything; the library lets some of it through to Python.
WRONG = (
    WebAuthnException, OTPWebAuthnApiError, ValueError, TypeError, KeyError, AttributeError,
    RecursionError,
)  # fmt: skip


class Refused(Exception):
    """The answer of a browser that does not hold; nothing was changed."""


class Helper(WebAuthnHelper):
    def get_allowed_origins(self):
        return [origin(self.request)]


def origin(request):
    """Where our pages are: a passkey is good for this origin only. The host is one of ALLOWED_HOSTS."""
    if settings.SITE_URL.startswith("https://"):
        site = urlsplit(settings.SITE_URL)
        return f"{site.scheme}://{site.netloc}"
    return f"{request.scheme}://{request.get_host()}"


def relying_party_id(request):
    return urlsplit(origin(request)).hostname


def begin_adding(request):
    """Options for navigator.credentials.create(); their challenge is good for one answer."""
    options, request.session[STATE] = Helper(request).register_begin(user=request.user)
    return json.dumps(options)


def begin_giving(request):
    """Options for navigator.credentials.get(), or None when there is no passkey."""
    if not WebAuthnCredential.objects.filter(user=request.user, confirmed=True).exists():
        return None
    # The password is the other factor: a touch is enough.
    options, request.session[STATE] = Helper(request).authenticate_begin(
        user=request.user, require_user_verification=False
    )
    return json.dumps(options)


def add(request, credential, *, name):
    state = request.session.pop(STATE, None)
    try:
        with transaction.atomic():
            device = Helper(request).register_complete(
                user=request.user, state=state, data=json.loads(credential)
            )
            device.name = name
            device.save(update_fields=["name"])
    except (*WRONG, IntegrityError) as error:
        raise Refused from error
    return device


def given(request, credential):
    state = request.session.pop(STATE, None)
    try:
        device = Helper(request).authenticate_complete(
            user=request.user, state=state, data=json.loads(credential)
        )
    except WRONG as error:
        raise Refused from error
    if not device.confirmed:
        raise Refused
    return device
