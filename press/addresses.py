"""Addresses that people type or link to, as far as they are those of this site. Knows no models."""

import re
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import Resolver404, resolve, reverse

RELEASE = re.compile(r"([0-9]{1,18})(?:/|$)")


def path_here(url):
    """The decoded path of an address of this site, with or without its host; "" for all others."""
    try:
        # As browsers read it: without spaces around it, and seen from the page of a release.
        parts = urlsplit(urljoin(f"{reverse('release-list')}x/x/", url.strip()))
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_ours = is_host_of_ours(host) if host else not parts.scheme
    return unquote(parts.path) or "/" if is_ours else ""


def is_host_of_ours(host):
    site = urlsplit(settings.SITE_URL).hostname
    return host == site or validate_host(host, [h for h in settings.ALLOWED_HOSTS if h != "*"])


def release_in(path):
    """The id of the release whose page, or something of it, is at path; None for all other paths."""
    start = reverse("release-list")
    found = RELEASE.match(path, len(start)) if path.startswith(start) else None
    return found and int(found[1])


def attachment_in(path):
    """(id of its release, its own) of the document at path; None for all other paths."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    is_document = found.url_name == "attachment"
    return (found.kwargs["pk"], found.kwargs["attachment"]) if is_document else None


def is_private(path):
    """Whether path is one of the desk, or of a preview, whose token opens what is not public yet."""
    preview = reverse("preview", args=["x"]).removesuffix("x/")
    return f"{path}/".startswith((reverse("admin:index"), preview))
