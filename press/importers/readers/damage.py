"""Damage that texts took in older systems: found and reported, repaired only where nothing is guessed."""

import re

from ..messages import message

_HIDDEN_ADDRESS = re.compile(r"\[\s?e-?mail[\s\xa0]+protected\s?\]", re.IGNORECASE)
SHORTEST = 100  # characters of a text whose repetition is no figure of speech


def once(body):
    """(body, []), or when body is the same text twice in a row (one of them, [the Message])."""
    middle = len(body) // 2
    start = body.find(body[:SHORTEST], max(1, middle - 5), middle + 5 + SHORTEST)
    if middle < SHORTEST or start < 0 or body[:start].strip() != body[start:].strip():
        return body, []
    return body[:start].strip(), [message("body_twice", field="body")]


def lost_addresses(text):
    """Messages about e-mail addresses in whose place only "[email protected]" is left."""
    count = len(_HIDDEN_ADDRESS.findall(text))
    return [message("address_damaged", count, field="body")] if count else []


def shown_address(code):
    """The address that a page hid from robots as data-cfemail; "" for what is no such code."""
    try:
        key, *data = bytes.fromhex(code)
        address = bytes(each ^ key for each in data).decode()
    except ValueError:
        return ""
    return address if re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", address) else ""
