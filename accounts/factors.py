"""Second factors: who has which, who still has to give one, and whether a code is right.

A factor is an authenticator app or a passkey. Backup codes stand in for one that is not at hand; alone they
are none.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY, verify_token
from django_otp import login as otp_login
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

KINDS = {
    TOTPDevice: "Authenticator app",
    WebAuthnCredential: "Passkey",
}
BACKUP = "Backup codes"
NONE_AT = "no_factor_at"  # in the session: when this person was seen to have none
ASKED_AGAIN = timedelta(minutes=5)
# The library doubles the wait after each wrong code; this many make it an hour, and there it stays, or
# whoever knows a password could lock its owner out for years.
MOST_FAILURES = 13


class LastFactor(Exception):
    """Where a second factor is required the last one cannot be removed."""


def factors_of(user):
    return [each for model in KINDS for each in model.objects.filter(user=user, confirmed=True)]


def has_factor(user):
    return any(model.objects.filter(user=user, confirmed=True).exists() for model in KINDS)


def is_due(request, user):
    """Whether user still has to give a second factor in this session, or to set one up."""
    if settings.SECOND_FACTOR == "off" or getattr(user, "otp_device", None):
        return False
    if settings.SECOND_FACTOR == "required":
        return True
    # Asked of the database now and then only; so often do sessions elsewhere hear of a first factor.
    session, now = request.session, timezone.now()
    if NONE_AT in session and now - datetime.fromisoformat(session[NONE_AT]) < ASKED_AGAIN:
        return False
    if has_factor(user):
        return True
    session[NONE_AT] = now.isoformat()
    return False


def forget(session):
    """What an earlier sign-in in this session has shown is asked again."""
    for key in (NONE_AT, DEVICE_ID_SESSION_KEY):
        session.pop(key, None)


def accept(request, device):
    """This session has given device; its old name may be known to others."""
    request.session.pop(NONE_AT, None)
    otp_login(request, device)
    request.session.cycle_key()


# Codes


def verified_by(user, text):
    """The device of user of which text is a code that was not used yet, or None."""
    code = re.sub(r"[\s-]", "", text).lower()
    if re.fullmatch("[0-9]{6}", code):
        devices = TOTPDevice.objects.filter(user=user, confirmed=True)
    elif re.fullmatch("[a-z2-7]{10}", code):
        devices = StaticDevice.objects.filter(user=user, confirmed=True)
    else:
        return None
    for device in devices:
        token = hashed(device, code) if isinstance(device, StaticDevice) else code
        if found := verify_token(user, device.persistent_id, token):
            return found
        type(device).objects.filter(
            pk=device.pk, throttling_failure_count__gt=MOST_FAILURES
        ).update(throttling_failure_count=MOST_FAILURES)
    return None


def waits_until(user):
    """When the next code is looked at, if somebody gave wrong ones, or None."""
    waiting = []
    for model in (TOTPDevice, StaticDevice):
        for device in model.objects.filter(user=user, confirmed=True):
            is_allowed, why = device.verify_is_allowed()
            waiting += [] if is_allowed else [why["locked_until"]]
    return max(waiting, default=None)


def add_app(user, *, key, code, name):
    """The new device, or None when code does not fit key."""
    totp = TOTP(bytes.fromhex(key))
    totp.time = timezone.now().timestamp()
    if not (re.fullmatch("[0-9]{6}", code) and totp.verify(int(code), tolerance=1)):
        return None
    # The code was used now: it signs nobody in.
    return TOTPDevice.objects.create(
        user=user, name=name, key=key, last_t=totp.t(), drift=totp.drift
    )


@transaction.atomic
def new_backup_codes(user, count=10):
    """Codes of which each is good for one sign-in; earlier ones are void. Only hashes are stored."""
    User.objects.select_for_update().get(pk=user.pk)
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=BACKUP)
    codes = [random_code() for _ in range(count)]
    for code in codes:
        device.token_set.create(token=hashed(device, code))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def random_code():
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(10))


def hashed(device, code):
    """What is stored of a backup code: slow to guess, and as long as the library's column."""
    salt = f"backup codes {device.pk} of {device.user_id}".encode()
    digest = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, 100_000, dklen=10)
    return b32encode(digest).decode().lower()


def backup_codes_left(user):
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


# Removing


@transaction.atomic
def remove(user, persistent_id):
    """The factor that was removed, or None when user has none of this name."""
    User.objects.select_for_update().get(pk=user.pk)  # or two at once would remove the last two
    factors = factors_of(user)
    found = next((each for each in factors if each.persistent_id == persistent_id), None)
    if found is None:
        return None
    if len(factors) == 1:
        if settings.SECOND_FACTOR == "required":
            raise LastFactor
        StaticDevice.objects.filter(user=user).delete()
    label = described(found)
    found.delete()
    return label


@transaction.atomic
def reset(user):
    """Remove all factors of user; says what was removed."""
    removed = [described(each) for each in factors_of(user)]
    for model in (*KINDS, StaticDevice):
        model.objects.filter(user=user).delete()
    return removed


def described(device):
    kind = KINDS.get(type(device), BACKUP)
    return kind if device.name in ("", kind) else f"{kind} “{device.name}”"
