"""Too many failures under one name from one address: django-axes counts them, this says so."""

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib import admin
from django.db.models import Max
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from .address import network_of


def page(request, original_response=None, credentials=None):
    """The same for every name, whether somebody has it or not."""
    last = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=network_of(request)
    ).aggregate(last=Max("attempt_time"))["last"]
    now = timezone.now()
    until = (last or now) + get_cool_off(request)
    context = {
        **admin.site.each_context(request),
        "title": "Too many failed attempts",
        "until": until,
        "is_today": timezone.localdate(until) == timezone.localdate(now),
    }
    response = render(request, "admin/accounts/locked.html", context, status=429)
    response["Retry-After"] = max(1, int((until - now).total_seconds()))
    add_never_cache_headers(response)
    return response


def is_locked(request, user):
    return not AxesProxyHandler.is_allowed(request, named(user))


def count_failure(request, user):
    """A wrong code counts as a wrong password does; the middleware of axes shows the page."""
    AxesProxyHandler.user_login_failed(sender=__name__, credentials=named(user), request=request)


def lift(request, user):
    """All is well: whoever mistyped some times begins at nought."""
    if address := network_of(request):
        reset(ip=address, username=user.get_username())


def named(user):
    return {"username": user.get_username()}
