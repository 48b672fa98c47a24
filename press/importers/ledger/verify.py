"""Compares what an import made with its sources: what a reader sees, and that it can be found."""

import html
import random
import re
import time
from collections import Counter
from datetime import UTC
from typing import NamedTuple

import nh3
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import plain_text, sanitise
from osce_cms.text import printable

from ... import legacy
from ...facets import current
from ...models import Action, ImportItem, ImportMessage
from ...views import on_page
from ...workflow import State
from ..clean import clean, without_header_line
from ..matching.terms import Matcher
from ..messages import NotARelease
from ..prepare import TEXTS, digest
from ..readers.damage import once
from ..readers.reading import read
from ..sources import Sources
from ..writing.attaching import documents_of, whole

SAMPLE = 200
WORD = re.compile(r"\w+")
COUNTED = ["a[href]", "table", "li", "h2, h3, h4"]  # elements that may not get lost
FACETS = ["kind", "field", "structure", "country", "meeting", "language"]


class NothingToCompare(Exception):
    """A run that wrote no texts."""


class Finding(NamedTuple):
    """code: text, elements, files, date, gone, address, counts, facet, source or time."""

    code: str
    path: str
    text: str


def verify(
    run,
    *,
    sample=SAMPLE,
    seed=0,
    most_hard=None,
    until=None,
    names=None,
    manifest=None,
    looked=None,
):
    """Yield Findings. All that had something to be said about, and sample others, drawn by seed.

    most_hard: of the former no more than so many; until: give up then, by time.monotonic(). names and
    manifest: where they are now, if not where they were. What editors changed since is not compared.
    looked: a Counter that is told how many were "compared" and how many "edited". Raises SourceError,
    NothingToCompare.
    """
    if run.options.get("is_listing"):
        raise NothingToCompare(
            f"{run} read lists, which have no texts: verify the import of their items."
        )
    looked = Counter() if looked is None else looked
    yield from recount(run)
    wanted, looked["edited"] = chosen(run, sample, seed, most_hard)
    matcher, index, at = Matcher(), current(), timezone.now()
    if not (names or manifest):
        manifest = run.options.get("manifest")
    names = names or run.sources
    sources = Sources(names, manifest=manifest)
    wanted = {place_of(path, run.sources): release for path, release in wanted.items()}
    for capture in sources.captures():
        place = place_of(printable(capture.path)[:500], names)
        release = wanted.get(place)
        if release and is_of_other_time(capture, release):
            continue
        wanted.pop(place, None)
        if until and time.monotonic() > until:
            yield Finding("time", "", f"{len(wanted)} were not looked at any more")
            return
        if release:
            looked["compared"] += 1
            yield from compare(capture, release, matcher)
            yield from reachable(capture.path, release, index, at)
        if not wanted:
            return
    for release in wanted.values():
        yield Finding("source", release.origin.path, "its source is not there any more")


def is_of_other_time(capture, release):
    """Whether it is another capture of an address that a web archive holds several times."""
    days = capture.captured_at, release.origin.captured_at
    return all(days) and days[0] != days[1]


def place_of(path, sources):
    """path as seen from the one of sources that holds it: they may have moved."""
    for number, source in enumerate(map(str, sources)):
        if path.startswith(source):
            return number, path.removeprefix(source).lstrip("/")
    return None, path


def recount(run):
    """Whether the ledger holds as many items as the run counted, and their releases are there."""
    counted = Counter(run.items.values_list("action", flat=True))
    for action in [Action.CREATED, Action.UPDATED, Action.FAILED, Action.CONFLICT]:
        if counted[action] != run.counts.get(action, 0):
            told = f"{run.counts.get(action, 0)} {action} were counted, {counted[action]} are kept"
            yield Finding("counts", "", told)
    gone = run.items.filter(action__in=[Action.CREATED, Action.UPDATED], release=None)
    for item in gone:
        yield Finding("gone", item.path, "its release was deleted here")


def chosen(run, sample, seed, most_hard=None):
    """({path: release} of what the run wrote and nobody touched since, how many somebody did)."""
    wrote = run.items.filter(action__in=[Action.CREATED, Action.UPDATED], release__isnull=False)
    # All pages of a source may lack a profile: that makes none of them special.
    told = ImportMessage.objects.filter(item=OuterRef("pk")).exclude(code="no_profile")
    hard = list(wrote.filter(Exists(told)).values_list("pk", flat=True))
    others = sorted(set(wrote.values_list("pk", flat=True)) - set(hard))
    hard = hard[:most_hard]
    drawn = random.Random(seed).sample(others, min(sample, len(others)))  # noqa: S311
    found, edited = {}, 0
    keys = [*hard, *drawn]
    for start in range(0, len(keys), 500):
        items = list(
            wrote.filter(pk__in=keys[start : start + 500]).select_related("release__origin")
        )
        last = last_items(run, [item.release_id for item in items])
        for item in items:
            if item.pk != last[item.release_id]:
                continue  # an earlier capture of the same item
            if item.release.origin.run_id == run.pk and is_as_written(item):
                found[item.path] = item.release
            else:
                edited += 1
    return found, edited


def last_items(run, releases):
    """{release: the last of its items that run wrote}"""
    # Asked for by release: a run may have a million items, a release has a few.
    items = ImportItem.objects.filter(
        release__in=releases, action__in=[Action.CREATED, Action.UPDATED]
    )
    rows = items.order_by("pk").values_list("release", "pk", "run")
    return {release: pk for release, pk, of in rows if of == run.pk}


def is_as_written(item):
    """Whether nobody edited the texts of its release since; terms and countries may have come."""
    release = item.release
    untouched = release.version == item.version
    return untouched or digest(release, release.origin.linked) == release.origin.digest


def compare(capture, release, matcher):
    try:
        item = read(capture)
        record = clean(item, matcher, language=release.language)
    except NotARelease as refusal:
        yield Finding("source", capture.path, f"cannot be read any more: {refusal}")
        return
    shown = page_of(release)
    # All that a page says, but what is left out on purpose: a second copy, a line above the text.
    body, _ = without_header_line(once(sanitise(item.body))[0])
    lost = missing(words(plain_text(body)), words(text_of(shown)))
    if lost:
        yield Finding("text", capture.path, f"words that the page lacks: {' '.join(lost[:10])}")
    for name in set(TEXTS) & {"title", "published_at", "kind"}:
        if getattr(release, name) != record.values[name]:
            told = f"{name} is {getattr(release, name)}, not {record.values[name]}"
            yield Finding("date" if name == "published_at" else "text", capture.path, told)
    yield from lost_files(capture.path, release, record)
    before, after = HTMLParser(body), HTMLParser(shown)
    for selector in COUNTED:
        had, has = len(before.css(selector)), len(after.css(selector))
        if has < had:
            yield Finding("elements", capture.path, f"{had} of {selector} became {has}")


def lost_files(path, release, record):
    """Images and documents that came along, as long as nobody here had the release in hand."""
    if release.origin.lacks_files or release.log.exclude(by=None).exists():
        return
    url = record.values["legacy_url"]
    documents = {whole(each.src, url) for each in documents_of(record)}
    pictures = {each.src for each in record.pictures}
    for relation, named in [("images", pictures), ("attachments", documents)]:
        has = getattr(release, relation).count() if named else 0
        if has < len(named):
            yield Finding("files", path, f"{len(named)} {relation} became {has}")


def page_of(release):
    """The main part of its page as readers get it, or would get it if it were public."""
    return render_to_string("press/_release.html", on_page(release, timezone.now()))


def text_of(markup):
    return html.unescape(nh3.clean(markup.replace("<", " <"), tags=set()))


def words(text):
    return WORD.findall(text.casefold())


def missing(source, page):
    """Words of source that do not follow in page in their order."""
    lost, place = [], 0
    for word in source:
        try:
            place = page.index(word, place) + 1
        except ValueError:
            lost.append(word)
    return lost


def reachable(path, release, index, at):
    """Whether readers find it: by a filter, and at its old addresses."""
    if release.state != State.PUBLISHED or release.published_at.astimezone(UTC) > at:
        return
    if not any(index.keys_of(release.pk, name) for name in FACETS):
        yield Finding("facet", path, "no filter leads to it")
    for url in filter(None, [release.legacy_url]):
        old = legacy.OldAddress.of(url)
        found = legacy.find(old, at) if old else None
        if not found or found.pk != release.pk:
            answer = f"release {found.pk}" if found else "nothing"
            yield Finding("address", path, f"{url} leads to {answer}, not to release {release.pk}")
