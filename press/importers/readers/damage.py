"""Damage that texts took in older systems: found and reported, repaired only where nothing is guessed."""

import re
from html import escape as escape_of
from html import unescape

import ftfy
from ftfy.badness import is_bad

from ..messages import message

_HIDDEN_ADDRESS = re.compile(r"\[\s?e-?mail[\s\xa0]+protected\s?\]", re.IGNORECASE)


def _in(encoding, first, last):
    return re.escape(bytes(range(first, last + 1)).decode(encoding, "ignore"))


# Two bytes of a letter, read as two letters; in Cyrillic those stand in real words, too, but not thrice.
# A quick look: ftfy takes longer than all else that is done with a text. Two patterns, because each that
# begins with one set of characters is searched for five times as fast as both in one.
_SUSPECT = [
    re.compile(
        f"[{_in('latin-1', 0xC2, 0xF4)}ĂĹ]"
        f"[{_in('latin-1', 0x80, 0xBF)}{_in('cp1252', 0x80, 0x9F)}{_in('cp1250', 0x80, 0xBF)}]"
    ),
    re.compile(f"[РС][{_in('cp1251', 0x80, 0xBF)}](?:[РС][{_in('cp1251', 0x80, 0xBF)}]){{2}}"),
]
_REFERENCES = {  # in a text, and in markup, where "&" itself is written as a reference
    escape: re.compile(
        rf"&{escape}(#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,30}});"
    )
    for escape in ("", "amp;")
}
AROUND = 40  # characters shown before and after what is suspect
SHORTEST = 100  # characters of a text whose repetition is no figure of speech


def once(body):
    """(body, []), or when body is the same text twice in a row (one of them, [the Message])."""
    middle = len(body) // 2
    start = body.find(body[:SHORTEST], max(1, middle - 5), middle + 5 + SHORTEST)
    if middle < SHORTEST or start < 0 or body[:start].strip() != body[start:].strip():
        return body, []
    return body[:start].strip(), [message("body_twice", field="body")]


def mend(item):
    """Repair texts of an Item whose UTF-8 was taken for another encoding, and add Messages that say so."""
    item.title = sound(item.title, "title", item.messages)
    item.kind = sound(item.kind, "kind", item.messages)
    # The sanitiser writes &nbsp; again; misread, its second byte stands there.
    body = decoded(item.body.replace("&nbsp;", "\xa0"), "body", item.messages, escape="amp;")
    item.body = mended(body, "body", item.messages)
    item.labels = {
        label: [each for value in values if (each := sound(value, label, item.messages))]
        for label, values in item.labels.items()
    }


def sound(text, field, messages):
    """text, decoded and mended, on one line."""
    return " ".join(mended(decoded(text, field, messages), field, messages).split())


def decoded(text, field, messages, escape=""):
    """text with characters where it had references to them, such as &#039;. escape: after each "&"."""
    if f"&{escape}" not in text:
        return text

    done = []

    def decode(found):
        character = unescape(f"&{found[1]};")
        is_meant = (character.isprintable() and "\ufffd" not in character) or character == "\xa0"
        if not 1 <= len(character) <= 2 or not is_meant:
            return found[0]  # it stands for nothing that can be seen
        done.append(found[0])
        return escape_of(character) if escape else character

    result = _REFERENCES[escape].sub(decode, text)
    if done:
        messages.append(message("references", done[0], field=field))
    return result


def mended(text, field, messages):
    """text, repaired where that is certain: it gets shorter, loses nothing, and looks sound then."""
    if text.isascii():
        return text
    suspect = next(filter(None, (pattern.search(text) for pattern in _SUSPECT)), None)
    if not suspect or not is_bad(text):
        return text
    repaired = ftfy.fix_encoding(text)
    is_certain = len(repaired) < len(text) and "\ufffd" not in repaired and not is_bad(repaired)
    code = "misread_mended" if is_certain else "misread"
    shown = text[max(0, suspect.start() - AROUND) : suspect.end() + AROUND]
    messages.append(message(code, shown, field=field))
    return repaired if is_certain else text


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
