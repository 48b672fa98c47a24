"""Who else has a release open, and what the script of its form (static/admin-release.js) asks for."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format

from ..models import EditSession
from ..workflow import BEFORE

HERE = timedelta(minutes=2)
KEPT = timedelta(days=1)
DRAFT = "draft_id"  # the script names its draft so in the form
SAVED = "release_saved_"  # a cookie for the script: this draft is stored now
SAVED_SECONDS = 24 * 60 * 60  # until some page of the admin is opened in this browser


class SaysWhoIsHere:
    """For the admin of releases: the others at the same form, and whether a save was confirmed."""

    def get_urls(self):
        guard = self.admin_site.admin_view
        return [
            path("presence/", guard(self.session_view), name="press_pressrelease_session"),
            path(
                "<path:object_id>/presence/",
                guard(self.presence_view),
                name="press_pressrelease_presence",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        now = timezone.now()
        context["draft_id"] = draft_id(request)
        context["session_address"] = reverse("admin:press_pressrelease_session")
        if change and obj and obj.state in BEFORE:  # later nobody edits it
            context["people"] = others(obj, request.user, now)
            context["presence_address"] = reverse(
                "admin:press_pressrelease_presence", args=[obj.pk]
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def session_view(self, request):
        """Who is signed in, and a token that fits: signing in again makes that of an open form void."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        return private({"user": str(request.user.pk), "token": get_token(request)})

    def presence_view(self, request, object_id):
        """Say that this person is still at the form; hear who else is, and whether it was saved."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        release = self.find(request, unquote(object_id))
        if release is None:
            raise Http404
        if not self.has_view_or_change_permission(request, release):
            raise PermissionDenied
        now = timezone.now()
        if self.has_change_permission(request, release):
            EditSession.objects.filter(last_seen__lt=now - KEPT).delete()
            be_here(release, request.user, now)
        opened = request.POST.get("version", "")
        is_newer = re.fullmatch("[0-9]{1,9}", opened) and int(opened) < release.version
        return private(
            {
                "people": others(release, request.user, now),
                "saved": at_time(release.updated_at, now) if is_newer else "",
            }
        )

    def response_add(self, request, obj, post_url_continue=None):
        return confirmed(request, super().response_add(request, obj, post_url_continue))

    def response_change(self, request, obj):
        return confirmed(request, super().response_change(request, obj))


def be_here(release, user, now):
    """One row for each person and release, however many tabs and workers there are."""
    EditSession.objects.bulk_create(
        [EditSession(release_id=release.pk, user=user, last_seen=now)],
        update_conflicts=True,
        unique_fields=["release", "user"],
        update_fields=["last_seen"],
    )


def others(release, user, now):
    here = EditSession.objects.filter(release_id=release.pk, last_seen__gte=now - HERE)
    here = here.filter(user__is_active=True).exclude(user=user).select_related("user")
    return [
        {
            "name": each.user.get_full_name() or each.user.get_username(),
            "seen": at_time(each.last_seen, now),
        }
        for each in here.order_by("user__username")
    ]


def at_time(at, now):
    at, now = timezone.localtime(at), timezone.localtime(now)
    return date_format(at, "H:i" if at.date() == now.date() else "j F Y, H:i")


def draft_id(request):
    """The name under which the browser keeps the text that was sent, if its script gave one."""
    found = re.fullmatch("[0-9a-z]{8,40}", request.POST.get(DRAFT, ""))
    return found[0] if found else ""


def confirmed(request, response):
    if draft := draft_id(request):
        response.set_cookie(
            SAVED + draft,
            "1",
            max_age=SAVED_SECONDS,
            path=reverse("admin:index"),
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


def private(answer):
    response = JsonResponse(answer)
    add_never_cache_headers(response)
    return response
