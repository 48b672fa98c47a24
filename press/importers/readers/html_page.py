"""Reads saved HTML pages: by the profile of their layout (see layouts), any others by their looks."""

import re

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import DEEPEST, is_too_deep

from ..messages import NotARelease, message
from . import any_layout, layouts
from .damage import shown_address
from .markup import canonical_url
from .vocabulary import refuse_event

LONGEST_TITLE = 1000


def recognises(text):
    return bool(re.match(r"\ufeff?\s*<[a-z!?]", text, re.IGNORECASE))


def read(text, profiles=None):
    """text of a page -> Item. Raises NotARelease.

    profiles: the layouts to be tried first, those of layouts.PROFILES when none are given.
    """
    if is_too_deep(text):
        raise NotARelease("too_deep", DEEPEST)
    tree = HTMLParser(text)
    if "data-cfemail" in text:
        show_addresses(tree)
    language, url = declared_language(tree), canonical_url(tree)
    item = layouts.read(tree, profiles)
    if not item:
        item = any_layout.read(tree)
        item.messages.append(message("no_profile"))
    refuse_event(item.labels, item.kind)
    if len(item.title) > LONGEST_TITLE:
        raise NotARelease("endless_title")
    if not item.body:
        raise NotARelease("no_text")
    item.language, item.url = language, url
    return item


def declared_language(tree):
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or "") if root else ""
    return re.split("[-_]", language)[0].lower()


def show_addresses(tree):
    """Put the addresses that a page hid from robots where their place is."""
    for node in tree.css("[data-cfemail]"):
        if address := shown_address(node.attributes["data-cfemail"] or ""):
            node.replace_with(address)
