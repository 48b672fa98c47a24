"""The import of list pages: what they tell is kept, and given to the releases that lack it."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from osce_cms.languages import Language
from osce_cms.text import printable

from ..models import Action, ImportItem, ListedItem, PressRelease
from ..revisions import record as record_revision
from ..workflow import State
from .ahead import Block
from .clean import identity, is_web_address, midnight
from .matching.countries import suggest_for
from .messages import NotARelease, message
from .prepare import digest
from .readers import listing
from .readers.language import guess
from .readers.reading import decode
from .run import RAW_BYTES, Run
from .writing.families import file_under, members_of, named_by
from .writing.listed import Said, fill, title_key
from .writing.releases import OUTSIDE, Outcome, is_newer, is_older, what_it_holds

PAGES = 5  # of one transaction: some hundred entries
KEPT = ["url", "language", "title", "title_key", "day", "kind", "labels"]


@dataclass
class ListPage:
    """A capture that was read: its entries, or the problem that prevented it."""

    position: int
    path: str
    items: list = field(default_factory=list)  # unsaved ListedItems
    problem: object = None
    record = None  # it is no release


@dataclass
class Line:
    """One entry of a list page, as an Outcome wants it. path: such as lists/3.html:7."""

    position: int
    path: str
    listed: ListedItem | None = None
    messages: list = field(default_factory=list)


@dataclass
class Work:
    """What other processes need to read list pages."""

    language: str

    def do(self, fresh):
        return [read(position, capture, self.language) for position, _, capture in fresh]


def read(position, capture, language):
    page = ListPage(position, printable(capture.path))
    try:
        if capture.problem:
            raise NotARelease.saying(capture.problem)
        if capture.is_row:
            raise NotARelease("no_list")
        entries = listing.read(decode(capture.data))
        page.items = [item_of(each, page.path, capture, language) for each in entries]
    except NotARelease as refusal:
        page.problem = refusal.message
    except Exception as error:  # a source that does to us what nobody foresaw fails alone, too
        page.problem = message("unexpected", f"{type(error).__name__}: {error}")
    return page


def item_of(entry, path, capture, language):
    """The unsaved ListedItem of an Entry."""
    language = language or language_of(entry, capture)
    url = entry.url if is_web_address(entry.url) else ""
    title = entry.title
    return ListedItem(
        key=identity(url, language, entry.day, title, ""),
        title_key=title_key(language, entry.day, title),
        url=url,
        language=language,
        title=title,
        day=entry.day,
        kind=entry.kind[:100],
        labels={name: values for name, values in entry.labels.items() if values},
        path=path[:500],
        captured_at=capture.captured_at,
    )


def language_of(entry, capture):
    found = guess(entry.title, hint=entry.language or capture.language)
    found = {"hbs": "bs"}.get(found, found)
    return found if found in Language.values else Language.ENGLISH.value


class ListingRun(Run):
    """met: the keys of the items that this run has met already."""

    MEMORY = [*Run.MEMORY, "met"]

    def __init__(self, *args):
        super().__init__(*args)
        self.options.batch_size = min(self.options.batch_size or PAGES, PAGES)
        self.met = set()

    def work(self):
        return Work(self.options.language)

    def block_of(self, part):
        fresh = [(position, "", capture) for position, capture in part]
        return Block(fresh=fresh, end=part[-1][0] + 1)

    def wants(self, each):
        return True

    def complete(self, batch):
        """Lists are what others are completed from."""

    def write(self, batch):
        """[Outcome, ...]: one for each entry, or for a page that is no list."""
        stored, releases = self.find([item for page, _ in batch for item in page.items])
        outcomes = []
        for page, capture in batch:
            if page.problem:
                line = Line(page.position, page.path, messages=[page.problem])
                outcomes.append(Outcome(line, Action.FAILED))
            for number, item in enumerate(page.items, start=1):
                line = Line(page.position, f"{page.path}:{number}", item)
                outcomes.append(self.attempt(line, capture, stored, releases))
        filed = [each.release.pk for each in outcomes if each.action == Action.UPDATED]
        suggest_for(PressRelease.objects.filter(pk__in=filed), countries=self.countries)
        return outcomes

    def find(self, items):
        """({key: ListedItem}, {key or title key: release}) of what is here, the releases held."""
        known = ListedItem.objects.filter(key__in={item.key for item in items})
        stored = {item.key: item for item in known}
        held = PressRelease.objects.select_for_update(of=["self"]).select_related("origin")
        held = held.filter(origin__isnull=False)
        names = {item.key for item in items} | {item.title_key for item in items}
        releases = {release.legacy_key: release for release in held.filter(legacy_key__in=names)}
        # An entry without an address may be about a release that has one.
        nameless = [item for item in items if not item.url and item.key not in releases]
        days = {midnight(item.day) for item in nameless if item.day}
        alike = {}
        for release in held.filter(published_at__in=days) if days else ():
            day = timezone.localdate(release.published_at)
            alike.setdefault(title_key(release.language, day, release.title), []).append(release)
        return stored, {key: found[0] for key, found in alike.items() if len(found) == 1} | releases

    def attempt(self, line, capture, stored, releases):
        try:
            with transaction.atomic():
                return self.meet(line, capture, stored, releases)
        except OUTSIDE:
            raise
        except Exception as error:
            told = message("unexpected", f"{type(error).__name__}: {error}")
            return Outcome(line, Action.FAILED, messages=[told])

    def meet(self, line, capture, stored, releases):
        item = line.listed
        before = stored.get(item.key)
        if before and is_older(capture, before.captured_at):
            told = message("older_capture", before.path)
            return Outcome(line, Action.SKIPPED, messages=[told])
        is_met = item.key in self.met or (before and before.run_id == self.row.pk)
        if is_met and not (before and is_newer(capture, before.captured_at)):
            told = message("same_item", before.path if before else item.title)
            return Outcome(line, Action.SKIPPED, messages=[told])
        self.met.add(item.key)
        stored[item.key] = self.keep(item, before)
        # A text capture has no address, and is known by its title.
        release = releases.get(item.key) or releases.get(item.title_key)
        is_other = release and release.legacy_key != item.key and item.url and release.legacy_url
        if not release or is_other:
            return Outcome(line, Action.SKIPPED, messages=[message("not_imported_yet")])
        return self.give(line, release, fill(Said.by_release(release), item, self.matcher))

    def keep(self, item, before):
        """The stored ListedItem, which is not touched when it says the same."""
        item.run = self.row
        if not before:
            item.save()
            return item
        changed = [name for name in KEPT if getattr(before, name) != getattr(item, name)]
        if changed:
            item.pk = before.pk
            item.save()
            return item
        if before.captured_at != item.captured_at:
            ListedItem.objects.filter(pk=before.pk).update(captured_at=item.captured_at)
            before.captured_at = item.captured_at
        return before

    def give(self, line, release, filled):
        """The Outcome of what a list adds to a release, unless a person edited it."""
        names, named = changes(release, filled)
        if not names and named == release.origin.named:
            told = [each for each in filled.messages if each.code == "list_disagrees"]
            action = Action.CONFLICT if told else Action.UNCHANGED
            return Outcome(line, action, release, messages=told)
        if digest(release, release.origin.linked) != release.origin.digest:
            told = message("edited", release.title, field="title")
            return Outcome(line, Action.CONFLICT, release, messages=[told])
        undo = complete_release(self.row, release, names, named)
        return Outcome(line, Action.UPDATED, release, undo=undo, messages=filled.messages)

    def item_of(self, outcome, capture):
        line, listed = outcome.prepared, outcome.prepared.listed
        is_failed = outcome.action == Action.FAILED
        return ImportItem(
            run=self.row,
            position=line.position,
            action=outcome.action,
            path=line.path[:500],
            key=listed.key if listed else "",
            url=listed.url if listed else capture.url[:500],
            captured_at=capture.captured_at,
            language=listed.language if listed else capture.language,
            title=listed.title if listed else "",
            release=outcome.release,
            version=outcome.release.version if outcome.release else None,
            undo=outcome.undo,
            is_row=capture.is_row,
            raw=capture.data if is_failed and 0 < len(capture.data) <= RAW_BYTES else None,
        )


def changes(release, filled):
    """({column: what it becomes}, {link: the terms that labels name}) of a release that is filled in."""
    printed = release.legacy_labels
    own = {name: labels for name, labels in release.unmatched_labels.items() if name in printed}
    wanted = {**filled.values, "unmatched_labels": own | filled.unmatched}
    values = {name: value for name, value in wanted.items() if getattr(release, name) != value}
    return values, release.origin.named | filled.links


def complete_release(row, release, values, named):
    """Write what a list adds; what it found, for rollback.py."""
    origin = release.origin
    undo = what_it_holds(release)
    record_revision(release, by=None)
    gets_its_date = release.state == State.DRAFT and not release.published_at
    for name, value in values.items():
        setattr(release, name, value)
    release.save(update_fields=list(values))
    release.log.create(action="import", note=f"Completed from a list page ({row}).")
    if gets_its_date and release.published_at and not origin.stays_draft:
        release.publish_as_dated("Its source has a date now.")
    family = members_of([origin.node])[origin.node] if origin.node else [release]
    before = named_by(family)
    origin.named, origin.digest, origin.run = named, digest(release, origin.linked), row
    origin.save()
    family = [release if each.pk == release.pk else each for each in family]
    file_under(release, family, before, is_new=False)
    record_revision(release, by=None)
    return undo
