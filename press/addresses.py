"""Addresses that people type, as far as they are those of this site."""

import re
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.urls import reverse
from django.utils import timezone

from . import legacy


def release_at(url):
    """The id of the release that an absolute address of this site names, also by an old address of it.

    None for other pages, for other sites, and for what is no address. Whether there is such a release
    is not asked for addresses of our own form.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if not is_ours(host):
        return None
    path = unquote(parts.path)
    if found := re.match(rf"{reverse('release-list')}([0-9]{{1,18}})(?:/|$)", path):
        return int(found[1])
    old = legacy.OldAddress.of(f"{path}?{parts.query}")
    found = legacy.find(old, timezone.now()) if old else None
    return found and found.pk


def is_ours(host):
    site = urlsplit(settings.SITE_URL).hostname
    return host == site or validate_host(host, settings.ALLOWED_HOSTS)
