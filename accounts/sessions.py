"""When a session ends. The row of the session says so itself; these functions only move the time.

Forms that are open ask who else is there all the time: that keeps nobody signed in, or a machine that was
left alone would stay so. The text in them is kept by the browser, and given back when it is sent.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.utils import timezone

BEGAN = "signed_in_at"
BACKGROUND = {"press_pressrelease_presence", "press_pressrelease_session"}
STEP = timedelta(minutes=5)  # not every page is worth a write


def begin(session):
    session[BEGAN] = timezone.now().isoformat()
    session.set_expiry(end(session))


def keep(request):
    """Somebody is at work: the session ends later, but not later than it may."""
    session = request.session
    if request.resolver_match.url_name in BACKGROUND:
        return
    if BEGAN not in session:
        begin(session)
    elif end(session) - session.get_expiry_date() > STEP:
        session.set_expiry(end(session))


def end(session):
    last = datetime.fromisoformat(session[BEGAN]) + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min(last, timezone.now() + timedelta(seconds=settings.SESSION_IDLE_AGE))


def end_all_others(request, password):
    """Sessions know the hash of the password: the same password with new salt ends them."""
    user = request.user
    user.set_password(password)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
