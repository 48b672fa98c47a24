"""Whom to ask about a release: read from its text, where it stays. Pure functions.

Two forms: a block under a heading such as "Contacts" (since 2024), and a paragraph such as "For further
information please contact …", with its people in it or in the lines after it.
"""

import re
from html import unescape

from .item import ContactBlock
from .vocabulary import ASKING, CONTACTS, FURTHER_INFORMATION, spelling

# [^<]* is ten times as fast as .*? here.
_BLOCK = re.compile(r"<(p|li|h[2-4])\b[^>]*>([^<]*(?:<(?!/\1>)[^<]*)*)</\1>")
_BREAK = re.compile(r"<br\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?:\+\s?){1,2}[0-9][0-9\s()/.\-]{5,30}[0-9]|\b0[0-9][0-9\s()/.\-]{5,20}[0-9]")
_FAX = re.compile(r"\b(?:fax|факс)\.?\s*:?\s*$", re.IGNORECASE)
_REACHED = re.compile(  # what stands between a name and how to reach it
    r"[\s,;(–-]*\b(?:(?<=[,;] )office|(?<=\()office|at|on|under|unter|au|via|by|or|tel\w*|mob\w*|phone|"
    r"e-?mail|cell|по тел\w*|тел\w*|моб\w*|tél\w*)?[.:\s(–-]*$",
    re.IGNORECASE,
)
_OR = re.compile(
    r"^[\s,;.()]*(?:(?:or|and|oder|und|ou|et|или|и|ili|sau|o|ose)\s)?\s*", re.IGNORECASE
)
_PART = re.compile(r"[,(]|\b(?:at|of|from)\b(?= the OSCE)")
_OURS = re.compile(r"\b(?:OSCE|ODIHR|OSZE|OEBS|OESS|ОБСЕ|ОБСЄ|ОЕБС|БДИПЧ|UN|PACE|NATO)\b")
_BEGINNINGS = (*FURTHER_INFORMATION, *CONTACTS)
LONGEST_BEGINNING = max(map(len, _BEGINNINGS))
OPENING = 250  # characters of a block, tags included, in which its first words stand
LONGEST_LINE = 1000  # characters; who is named after them is not found
MOST = 10  # contacts of one release; more is a table of something else


def find(body):
    """The ContactBlocks that sanitised markup names, in its order."""
    blocks = _BLOCK.findall(body)
    first = next((n for n, (_, inside) in enumerate(blocks) if may_begin(inside)), None)
    if first is None:
        return []
    parts = [(tag, lines) for tag, inside in blocks[first:] if (lines := lines_of(inside))]
    for n, (tag, lines) in enumerate(parts):
        if is_heading(lines):
            return under_heading([each for _, each in parts[n + 1 :]])[:MOST]
        if tag[0] != "h" and (asked := after_asking(lines[0])) is not None:
            rest = [*lines[1:], *(line for _, more in parts[n + 1 :] for line in more)]
            return in_sentence(asked, rest)[:MOST]
    return []


def may_begin(inside):
    """Whether a block may be the first of contacts: a look at its beginning, since most blocks are not."""
    beginning = " ".join(words_in(inside[:OPENING]).split()).lstrip(" :")
    return spelling(beginning[:LONGEST_BEGINNING]).startswith(_BEGINNINGS)


def words_in(markup):
    return unescape(_TAG.sub("", markup))


def lines_of(inside):
    """The lines of a block that are not empty."""
    lines = (" ".join(words_in(each).split()) for each in _BREAK.split(inside))
    return [each[:LONGEST_LINE] for each in lines if each]


def is_heading(lines):
    return len(lines) == 1 and len(lines[0]) < 40 and spelling(lines[0]).strip(" :") in CONTACTS


def under_heading(paragraphs):
    """One contact for each paragraph of several lines, or for each line that holds all of one.

    Lines that are paragraphs belong together.
    """
    if all(len(lines) == 1 for lines in paragraphs):
        paragraphs = [[line for lines in paragraphs for line in lines]]
    found = []
    for lines in paragraphs:
        by_line = [each for line in lines for each in from_sentence(line)]
        if any(each.role or each.organisation for each in by_line):
            found += by_line
        elif len(lines) > 1:
            found.append(from_lines(lines))
    return [each for each in found if each.name or each.organisation]


def from_lines(lines):
    """The contact of a block: name, role, organisation, then what there is."""
    contact = ContactBlock()
    for line in lines:
        phones = phones_in(line)
        emails = _EMAIL.findall(line)
        is_name = not (contact.role or contact.organisation or contact.address)
        if phones or emails:
            add_ways(contact, phones, emails)
        elif _OURS.search(line) and not contact.organisation:
            contact.organisation = line
        elif is_name and not contact.name and not re.search("[0-9]", line):
            contact.name = line
        elif is_name and not re.search("[0-9]", line):
            contact.role = line
        else:
            contact.address.append(line)
    return contact


def after_asking(line):
    """What stands after "For further information please contact" in line, None for anything else."""
    plain = spelling(line)
    if not plain.startswith(FURTHER_INFORMATION):
        return None
    ends = [plain.find(word) + len(word) for word in ASKING if word in plain]
    is_asked = bool(ends) and (min(ends) < 120)
    if is_asked:
        return line[max(end for end in ends if end < 120) :].strip(" :.,")
    return line.partition(":")[2].strip() if _PHONE.search(line) or _EMAIL.search(line) else None


def in_sentence(text, following):
    """The contacts in text; without any those of the lines that follow, one in each."""
    if found := from_sentence(text):
        return found
    contacts = []
    for line in following:
        if not (_PHONE.search(line) or _EMAIL.search(line)):
            break
        contacts += from_sentence(line)
    return contacts


def from_sentence(text):
    """A contact for each name that stands before a number or an address of mail."""
    contacts, end = [], 0
    for way in re.finditer(f"{_EMAIL.pattern}|{_PHONE.pattern}", text):
        between = text[end : way.start()]
        end = way.end()
        is_mail = "@" in way[0]
        if _FAX.search(between):
            continue
        words = _OR.sub("", _REACHED.sub("", between), count=1).strip(" ,;:.()–-")
        if contacts and not re.search(r"[^\W\d_]{3}.*\s", words):
            pass  # another number of the same
        elif words:
            contacts.append(from_words(words))
        else:
            return []
        add_ways(contacts[-1], [] if is_mail else [way[0]], [way[0]] if is_mail else [])
    return contacts


def from_words(words):
    """The contact of "Ms. Ann Bee, Spokesperson, OSCE Mission to Moldova"."""
    contact = ContactBlock()
    for part in filter(
        None, (each.strip(" .:").removeprefix("the ") for each in _PART.split(words))
    ):
        if _OURS.search(part) and not contact.organisation:
            contact.organisation = part
        elif not (contact.name or contact.organisation):
            contact.name = part
        elif not contact.role:
            contact.role = part
        else:
            contact.address.append(part)
    return contact


def phones_in(line):
    return [found[0] for found in _PHONE.finditer(line) if not _FAX.search(line[: found.start()])]


def add_ways(contact, phones, emails):
    contact.phone = "; ".join(filter(None, [contact.phone, *phones]))
    contact.email = contact.email or "".join(emails[:1])
