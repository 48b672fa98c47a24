"""What is looked at before a release is published for the first time."""

import re
from html import unescape
from itertools import chain
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from osce_cms.html import HREF

from .addresses import attachment_in, is_private, path_here, release_in

LONG_TITLE = 120  # characters; search engines and feed readers cut there
_DAY = re.compile(r"\b([0-3]?[0-9])[. ]+(\w+)[. ]+((?:19|20)[0-9]{2})\b")
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip


class Problem(NamedTuple):
    code: str
    text: str
    is_blocking: bool


def problems(release, at, among=None):
    """What speaks against publishing release at the time at: what blocks first, then what only warns.

    Nothing that the public release has already blocks its correction: a release of the archive without
    a field can still be corrected. among: the releases of which the reader of the answer may know.
    """
    found = problems_of(release, at, among)
    if release.corrects_id:
        known = {each.code for each in problems_of(release.corrects, at)}
        found = [
            each._replace(is_blocking=each.is_blocking and each.code not in known) for each in found
        ]
    return sorted(found, key=lambda each: not each.is_blocking)


def problems_of(release, at, among=None):
    found = [
        Problem("no-summary", "There is no summary.", True) if not release.summary else None,
        Problem("no-date", "There is no publication date.", True) if not at else None,
        Problem("no-text", "There is no text.", True) if not release.text.strip() else None,
        Problem("no-field", "It is filed under no field of work.", True)
        if not release.fields_of_work.exists()
        else None,
        Problem("no-source", "It names no structure as its source.", False)
        if not release.sources.exists()
        else None,
        Problem("no-country", "It is filed under no country.", False)
        if not release.countries.exists()
        else None,
        Problem("no-kind", "It is of no kind.", False) if not release.kind else None,
        Problem("long-title", f"The title is longer than {LONG_TITLE} characters.", False)
        if len(release.title) > LONG_TITLE
        else None,
        *(ended(contact, at) for contact in release.contacts),
        *links(release, at, among),
        disagreement(release, at),
        double(release, at, among) if among is not None else None,
    ]
    return [each for each in found if each]


def ended(contact, at):
    """A contact that nobody can ask on the day of publication any more, or today."""
    today = timezone.localdate()
    if not contact.has_ended(max(timezone.localdate(at), today) if at else today):
        return None
    day = date_format(contact.ends_on, "j F Y")
    return Problem("contact-ended", f"The contact {contact.name} is given until {day} only.", False)


def links(release, at, among):
    """What readers would not get behind the links of the text. among: as for problems()."""
    found = []
    hrefs = (unescape(href) for _, href in HREF.findall(release.body))
    paths = {path for href in hrefs if (path := path_here(href))}
    if any(is_private(path) for path in paths):
        text = "It links to a page of the desk or to a preview, which are not for readers."
        found.append(Problem("private-link", text, True))
    targets = {pk for path in paths if (pk := release_in(path))} - {release.pk}
    now = timezone.now()
    public = type(release).objects.filter(pk__in=targets).public(now)
    if among is not None and at:  # of others, nobody learns when they are to come
        public |= among.filter(pk__in=targets).public(at)
    for pk in sorted(targets - set(public.order_by().values_list("pk", flat=True))):
        text = f"It links to no. {pk}, which readers do not get by then."
        found.append(Problem("lost-link", text, False))
    documents = documents_of(release, paths)
    if documents and documents - offered_by(release):
        text = "It links to a document that it does not offer any more."
        found.append(Problem("lost-document", text, False))
    return found


def documents_of(release, paths):
    """The ids of its own documents at paths; a correction links to those of what it corrects."""
    documents = (found for path in paths if (found := attachment_in(path)))
    return {pk for of, pk in documents if of in (release.pk, release.corrects_id)}


def offered_by(release):
    return set(chain(*release.attachments.values_list("pk", "copy_of")))


def disagreement(release, at):
    """A date in the dateline, or where the text begins, that is not the day of publication in Vienna."""
    opening = f"{release.dateline} {release.text[:200]}".lower()
    for day, month, year in _DAY.findall(opening):
        if month in _MONTHS and at:
            local = timezone.localdate(at)
            if (int(day), _MONTHS.index(month) + 1, int(year)) != (
                local.day,
                local.month,
                local.year,
            ):
                text = f"The dateline says {day} {month.capitalize()} {year}, not the day of publication."
                return Problem("other-date", text, False)
            return None
    return None


def double(release, at, among):
    """Another release of the same day with the same title."""
    if not at:
        return None
    same = among.filter(title__iexact=release.title, language=release.language)
    itself = [release.pk, release.corrects_id or release.pk]
    for other in same.exclude(pk__in=itself).exclude(published_at=None):
        if timezone.localdate(other.published_at) == timezone.localdate(at):
            return Problem("double", f"No. {other.pk} has the same title on the same day.", False)
    return None
