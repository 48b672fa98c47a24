"""What goes on record by itself, whichever way somebody signs in."""

from axes.signals import handle_user_login_failed, user_locked_out
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from . import factors, lockout, sessions
from .models import SignIn, What


@receiver(user_logged_in)
def signed_in(sender, request, user, **kwargs):
    sessions.begin(request.session)
    factors.forget(request.session)
    if factors.is_due(request, user):
        SignIn.record(request, What.PASSWORD, person=user)
    else:
        SignIn.record(request, What.SIGNED_IN, person=user)
        lockout.lift(request, user)


@receiver(user_logged_out)
def signed_out(sender, request, user, **kwargs):
    if user is not None:
        SignIn.record(request, What.SIGNED_OUT, person=user)


@receiver(user_login_failed)
def failed(sender, credentials, request=None, **kwargs):
    # While somebody is locked out no password is looked at.
    if request is not None and not getattr(request, "axes_locked_out", False):
        record_name(request, What.FAILED, credentials.get("username"))


@receiver(user_locked_out)
def locked(sender, request, username, **kwargs):
    record_name(request, What.LOCKED, username)


def record_name(request, what, username):
    username = username or ""
    person = User.objects.filter(username=username).first()
    SignIn.record(request, what, person=person, username=username or "(none)")


def come_before_axes():
    """A failure is on record before the lock it leads to; axes was there first."""
    user_login_failed.disconnect(handle_user_login_failed)
    user_login_failed.connect(handle_user_login_failed)
