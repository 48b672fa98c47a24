"""The page that gives back what somebody typed when it cannot be stored."""

import functools
import logging
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.csrf import csrf_failure as stock_csrf_failure

from ..models import LINKS, Contact, PressRelease
from .forms import sent_rows

logger = logging.getLogger(__name__)

ROW_TEXTS = {  # of the rows of a release: what one is called, and its texts
    "images": ("Image", ["alt", "caption", "credit"]),
    "attachments": ("Attachment", ["title"]),
}
WHY = {
    "signed out": "You are signed out.",
    "refused": (
        "You may not save this release (any more): it was submitted or published while you were writing,"
        " or your rights have changed."
    ),
    "deleted": "This release was deleted while you were writing.",
    "token": (
        "You opened the form before you signed in, or signed out, in another tab; or your browser"
        " refuses cookies."
    ),
    "value": "Something in the form cannot be stored.",
    "busy": "The database did not answer in time. Try again in a minute.",
}
STEP = "press_pressrelease_step"
FORMS = {"press_pressrelease_add", "press_pressrelease_change", STEP}
NOTES = {"note": "Note", "change_note": "Note to readers", "moved_to": "Address"}  # of a step


def give_back(request, why, status=403):
    """Everything that was typed, to copy from; nothing of it is stored or taken as markup."""
    context = {
        **admin.site.each_context(request),
        "title": "Not saved: here is what you typed",
        "why": why,
        "reason": WHY[why],
        "texts": list(typed(request)),
        "files": [file.name for files in request.FILES.lists() for file in files[1]],
        "form_address": request.path,
    }
    response = render(request, "admin/press/conflict_given_back.html", context, status=status)
    add_never_cache_headers(response)
    return response


def typed(request):
    """(label, text) of each field of the form that was sent; unknown names are left out."""
    if request.resolver_match.url_name == STEP:
        yield from ((NOTES[name], request.POST[name]) for name in NOTES if request.POST.get(name))
        return
    data, release_admin = request.POST, admin.site.get_model_admin(PressRelease)
    fields = {field.name: field for field in PressRelease._meta.get_fields()}
    for name in flatten_fieldsets(release_admin.get_fieldsets(request)):
        field = fields.get(name)
        if field is None or not field.editable:
            continue
        parts = [each for key in (name, f"{name}_0", f"{name}_1") for each in data.getlist(key)]
        if name in LINKS:
            # Their names are public; those of releases are not, so an original stays a number.
            parts = names(field.related_model.objects, parts)
        text = ("\n" if name in LINKS else " ").join(parts)
        if text.strip():
            yield field.verbose_name.capitalize(), text
    if chosen := data.getlist("contacts"):
        yield "Contacts", "\n".join(names(Contact.objects, chosen))
    for prefix, (label, texts) in ROW_TEXTS.items():
        for number, row in sorted(sent_rows(data, prefix).items()):
            for name in texts:
                if text := " ".join(row.get(name, [])).strip():
                    yield f"{label} {number + 1}, {name}", text


def names(rows, keys):
    """What rows of a queryset are called; a key that is none of theirs stays as it is."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 18]
    known = {str(term.pk): str(term) for term in rows.filter(pk__in=numbers)}
    return sorted(known.get(key, key) for key in keys)


def gives_back(view, site):
    """view, but a form that is refused as a whole comes back as a page with its texts."""

    @functools.wraps(view)
    def giving(request, *args, **kwargs):
        if request.method != "POST":
            return view(request, *args, **kwargs)
        if not site.has_permission(request):
            return give_back(request, "signed out")
        try:
            response = view(request, *args, **kwargs)
        except PermissionDenied:
            return give_back(request, "refused")
        except OperationalError as error:
            logger.error("Busy: %s", error)
            return give_back(request, "busy", 503)
        return give_back(request, "value", 400) if response.status_code == 400 else response

    return giving


def csrf_failure(request, reason=""):
    """As usual, but a release form that was sent from a page of ours is given back."""
    match = request.resolver_match
    if match and match.view_name.removeprefix("admin:") in FORMS and is_from_here(request):
        return give_back(request, "token")
    return stock_csrf_failure(request, reason)


def is_from_here(request):
    """Whether a page of this host sent it: another site must not write on a page of ours."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(origin)[:2] == (request.scheme, request.get_host())
