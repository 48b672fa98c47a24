"""Writes a batch of prepared records. It never overwrites what a person edited."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from osce_cms.rows import add, insert

from ...legacy import rows_for
from ...models import (
    LINKS,
    Action,
    ImportItem,
    LegacyUrl,
    Origin,
    PressRelease,
    ReleaseLog,
    RunStatus,
    undone,
)
from ...revisions import record as record_revision
from ...schema import noted_already
from ...search import insert_columns
from ...workflow import State
from ..matching.countries import store_suggestions
from ..matching.doubles import tell_doubles
from ..matching.suggested_contacts import suggest_contacts
from ..messages import NotARelease, message
from ..prepare import TEXTS, digest
from .families import file_under, members_of, named_by, shared_nodes
from .filling import add_files, lacks_files

LABELS = ["legacy_labels", "unmatched_labels"]
NEVER = datetime.min.replace(tzinfo=UTC)  # what has no day counts as the oldest
OUTSIDE = (InterfaceError, OperationalError, OSError, MemoryError)  # not the item is at fault


@dataclass
class Outcome:
    """What became of one record."""

    prepared: object
    action: str
    release: PressRelease | None = None
    undo: dict | None = None
    messages: list = field(default_factory=list)
    item: ImportItem | None = None  # of the ledger, once there is one

    def __post_init__(self):
        self.messages = [*self.prepared.messages, *self.messages]

    @property
    def can_be_taken(self):
        """Whether somebody may decide for the source: what was redacted does not come back."""
        return any(each.code == "edited" for each in self.messages)


def write(run, batch):
    """[Outcome, ...] of batch, [(Prepared, Capture), ...], in a transaction of the caller.

    run: what the steps share (running.Run). A record that cannot be written fails alone.
    """
    seen, taken = run.seen.copy(), dict(run.taken)
    try:
        with transaction.atomic():
            return take(run, batch)
    except Exception as error:
        if isinstance(error, OUTSIDE) and not is_of_the_item(error):
            raise
        run.seen, run.taken = seen, taken
        if len(batch) > 1:
            return [outcome for each in newest_first(batch) for outcome in write(run, [each])]
        told = message("unexpected", f"{type(error).__name__}: {error}")
        return [Outcome(batch[0][0], Action.FAILED, messages=[told])]


def is_of_the_item(error):
    """Whether PostgreSQL refused a value that is too large for it, such as a text to be searched."""
    return getattr(error.__cause__, "sqlstate", "") == "54000"


def take(run, batch):
    """Decide about each record, and write those that are wanted."""
    outcomes = [Outcome(each, Action.FAILED) for each, _ in batch if each.problem]
    wanted, skipped = newest_of([each for each in batch if not each[0].problem])
    outcomes += skipped
    present = find_present(wanted)
    deleted = find_deleted(wanted.keys() - present.keys())
    new = []
    for key, (prepared, capture) in wanted.items():
        if key in present:
            outcomes.append(attempt(run, present[key], prepared, capture))
        elif key in run.taken:
            outcomes.append(meet_again(run, prepared, capture))
        elif key in deleted:
            outcomes.append(skipped_as(prepared, "deleted_here"))
        else:
            new.append((prepared, capture))
    outcomes += create(run, new)
    suggest_contacts(outcomes)
    tell_doubles(outcomes)
    taken = {each.prepared.key: each.release for each in outcomes if each.release}
    for each in outcomes:
        each.release = each.release or taken.get(each.prepared.key)
    return outcomes


# Which of several captures of one item counts.


def newest_of(batch):
    """({key: (Prepared, Capture)}, [Outcome of what is not taken, ...])."""
    wanted, skipped = {}, []
    for prepared, capture in batch:
        first = wanted.get(prepared.key)
        if first and not is_newer(capture, first[1].captured_at):
            skipped.append(
                skip(prepared, capture, first[0].path, first[1].captured_at, first[0].digest)
            )
            continue
        if first:
            skipped.append(skip(*first, prepared.path, capture.captured_at, prepared.digest))
        wanted[prepared.key] = (prepared, capture)
    return wanted, skipped


def newest_first(batch):
    """batch with the capture that counts before the others of its item, for taking one by one."""
    by_key = {}
    for each in batch:
        by_key.setdefault(each[0].key, []).append(each)
    for group in by_key.values():
        yield from sorted(group, key=lambda each: each[1].captured_at or NEVER, reverse=True)


def is_newer(capture, captured_at):
    return bool(capture.captured_at and (not captured_at or capture.captured_at > captured_at))


def is_older(capture, captured_at):
    """What nobody knows the day of counts as older than what has one."""
    day = capture.captured_at
    return bool(captured_at and (not day or day < captured_at))


def skip(prepared, capture, path, captured_at, digest):
    """The Outcome of a record whose item was taken from path."""
    if prepared.record.is_by_title and prepared.digest != digest:
        return Outcome(prepared, Action.FAILED, messages=[message("collision", path)])
    code = "older_capture" if is_older(capture, captured_at) else "same_item"
    return skipped_as(prepared, code, path)


def skipped_as(prepared, code, raw=""):
    return Outcome(prepared, Action.SKIPPED, messages=[message(code, raw)])


def find_present(keys):
    """{key: release} of what is here, held until the transaction ends: no editor saves in between."""
    held = PressRelease.objects.select_for_update(of=["self"]).select_related("origin")
    return {release.legacy_key: release for release in held.filter(legacy_key__in=keys)}


def find_deleted(keys):
    """Those of keys that an import created, and somebody deleted since."""
    gone = ImportItem.objects.filter(key__in=keys, action=Action.CREATED, release=None)
    return set(gone.exclude(undone()).values_list("key", flat=True))


# What is here already.


def attempt(run, release, prepared, capture):
    try:
        with transaction.atomic():
            return meet(run, release, prepared, capture)
    except NotARelease as refusal:
        return Outcome(prepared, Action.FAILED, release, messages=[refusal.message])


def meet(run, release, prepared, capture):
    """The Outcome for a record whose release is here."""
    origin = release.origin
    was_taken = origin.run_id == run.row.pk or run.has_met(release, prepared.position)
    if is_older(capture, origin.captured_at) or (
        was_taken and not is_newer(capture, origin.captured_at)
    ):
        return skip(prepared, capture, origin.path, origin.captured_at, origin.digest)
    run.seen.add(release.pk)
    is_other_text = prepared.digest != origin.digest
    if is_other_text and is_known_by_title_only(prepared, capture, origin):
        return Outcome(prepared, Action.FAILED, messages=[message("collision", origin.path)])
    is_edited = digest(release, origin.linked) not in (origin.digest, prepared.digest)
    wins_over_editors = is_edited and run.options.overwrite_edited
    # Where only labels changed, the texts are those of the release, whoever wrote them.
    texts = TEXTS if is_other_text or wins_over_editors else []
    if texts and release.redactions.exclude(carried_out_at=None).exists():
        return conflict(prepared, release, "redacted")
    if texts and is_edited and not wins_over_editors:
        return conflict(prepared, release, "edited")
    is_shown = is_shown_by_source(run, release, prepared.record)
    is_released = is_shown and not (is_edited or release.log.exclude(by=None).exists())
    told = [message("held_back", release.title)] if is_shown and not is_released else []
    if not (texts or is_released or says_otherwise(release, prepared)):
        return refresh(run, release, prepared, capture, told)
    return update(run, release, prepared, capture, told, texts, is_released=is_released)


def is_known_by_title_only(prepared, capture, origin):
    """Whether nothing says that a text which differs is the same item, taken from its source again."""
    is_same_source = source_name(prepared.path) == source_name(origin.path)
    is_newer_one = is_newer(capture, origin.captured_at)
    return prepared.record.is_by_title and not (is_same_source or is_newer_one)


def source_name(path):
    """The name of a file, wherever it lies, or of the table of a row."""
    return re.sub(r":[0-9]+$", "", path).rpartition("/")[2]


def meet_again(run, prepared, capture):
    """The Outcome for a record whose release an earlier batch of a dry run would have created."""
    path, captured_at, digest = run.taken[prepared.key]
    if not is_newer(capture, captured_at):
        return skip(prepared, capture, path, captured_at, digest)
    run.taken[prepared.key] = (prepared.path, capture.captured_at, prepared.digest)
    is_other = prepared.digest != digest
    return Outcome(prepared, Action.UPDATED if is_other else Action.UNCHANGED)


def conflict(prepared, release, code):
    return Outcome(
        prepared, Action.CONFLICT, release, messages=[message(code, release.title, field="title")]
    )


def is_shown_by_source(run, release, record):
    """Whether the source of a draft keeps it from readers no longer.

    What an operator wanted as a draft is not for the source to publish.
    """
    origin = release.origin
    return (
        release.state == State.DRAFT
        and origin.stays_draft
        and not stays_draft(run, record)
        and bool(record.values["published_at"])
        and not (origin.run and origin.run.options.get("state") == State.DRAFT)
    )


def says_otherwise(release, prepared):
    """Whether the source has other labels, or they name terms that are not those of the release yet."""
    wanted, before = prepared.record.links, release.origin.named
    if any(getattr(release, name) != prepared.record.values[name] for name in LABELS):
        return True
    if before == wanted:
        return False
    # Names changed since. Who decided about a label has filed what was imported under it already.
    for name in LINKS:
        filed = set(getattr(release, name).values_list("pk", flat=True))
        now, then = set(wanted[name]), set(before.get(name, ()))
        if now - then - filed or (then - now) & filed:
            return True
    return False


def refresh(run, release, prepared, capture, messages):
    """Nothing changed for readers; but what was read is known from now on, and missing files come.

    messages: what there is to tell already, which is told once.
    """
    is_news, undo = bool(messages), what_it_holds(release)
    added = add_files(run, release, prepared, capture, messages)
    lacks = lacks_files(run, prepared, messages)
    origin = release.origin
    # What another run wrote that is being undone belongs to this one from now on, and stays.
    is_undone = bool(origin.run) and origin.run.status == RunStatus.ROLLING_BACK
    before = origin.run
    if is_news or is_undone or (origin.payload, origin.lacks_files) != (prepared.payload, lacks):
        added |= keep_origin(run, release, prepared, capture, lacks)
    if not (added or is_news):
        if not is_undone and origin.run != before:
            # What only was read again is still what that run made: it can be undone.
            origin.run = before
            origin.save(update_fields=["run"])
        return Outcome(prepared, Action.UNCHANGED, release, messages=messages)
    record_revision(release, by=None)
    return Outcome(prepared, Action.UPDATED, release, undo=undo | added, messages=messages)


def update(run, release, prepared, capture, messages, texts, *, is_released=False):
    record = prepared.record
    if texts and release.published_at and not record.values["published_at"]:
        raise NotARelease("date_is_gone")
    undo = what_it_holds(release)
    record_revision(release, by=None)  # as it was
    gets_its_date = release.state == State.DRAFT and not release.published_at
    names = [name for name in [*texts, *LABELS] if getattr(release, name) != prepared.values[name]]
    for name in names:
        setattr(release, name, prepared.values[name])
    if texts:
        release.origin.linked = []
    release.save(update_fields=names)
    release.log.create(action="import", note=f"Changed in the source ({run.row}).")
    if is_released:
        release.publish_as_dated("Its source shows it to readers now.")
    elif gets_its_date and release.published_at and not stays_draft(run, record):
        release.publish_as_dated("Its source has a date now.")
    undo |= link(run, release, prepared, capture)
    undo |= add_files(run, release, prepared, capture, messages)
    release.origin.lacks_files = lacks_files(run, prepared, messages)
    release.origin.save(update_fields=["lacks_files"])
    record_revision(release, by=None)
    return Outcome(prepared, Action.UPDATED, release, undo=undo, messages=messages)


def what_it_holds(release):
    """Of a release before an update, all that rollback.py puts back."""
    origin = release.origin
    kept = ["run_id", "path", "payload", "digest", "captured_at", "printed_date", "printed_day"]
    kept += ["dateline_day", "named", "linked", "lacks_files", "stays_draft"]
    return {
        "at": timezone.now(),
        "values": {name: getattr(release, name) for name in [*TEXTS, *LABELS]},
        "state": release.state,
        "origin": {name: getattr(origin, name) for name in kept},
    }


def link(run, release, prepared, capture):
    """File an updated release under what its labels name now; as keep_origin()."""
    node = prepared.record.node
    family = members_of([node])[node] if node else [release]
    before = named_by(family)
    added = keep_origin(run, release, prepared, capture, release.origin.lacks_files)
    family = [release if each.pk == release.pk else each for each in family]
    file_under(release, family, before, is_new=False)
    return added


def keep_origin(run, release, prepared, capture, lacks):
    """{"addresses": those that lead to release only from now on}, without any {}."""
    origin = release.origin
    fresh = origin_of(run, release, prepared, capture)
    fresh.linked = origin.linked
    for each in Origin._meta.concrete_fields:
        setattr(origin, each.attname, getattr(fresh, each.attname))
    origin.lacks_files = lacks
    origin.save()
    rows = {row.address: row for row in rows_for(release, prepared.record.urls)}
    known = LegacyUrl.objects.filter(address__in=rows).values_list("address", flat=True)
    added = rows.keys() - set(known)
    LegacyUrl.objects.bulk_create((rows[each] for each in added), ignore_conflicts=True)
    return {"addresses": sorted(added)} if added else {}


# What is new.


def create(run, batch):
    """[Outcome, ...]: all rows of new releases in a few statements."""
    if not batch:
        return []
    releases = [new_release(run, prepared) for prepared, _ in batch]
    # Not our own bulk_create(): the texts are settled and analysed already (prepare.py).
    add(releases)
    words = [prepared.words for prepared, _ in batch]
    insert_columns((release.pk, *each) for release, each in zip(releases, words, strict=True))
    with noted_already(connection):
        for name in LINKS:
            link_all(name, releases, batch)
    log_all(releases, f"{run.row}".capitalize())
    add(origin_of(run, release, *each) for release, each in zip(releases, batch, strict=True))
    join_families(releases, batch)
    keep_addresses(releases, batch)
    store_suggestions(
        (release.pk, found)
        for release, (prepared, _) in zip(releases, batch, strict=True)
        for found in prepared.suggested
    )
    return [illustrated(run, release, *each) for release, each in zip(releases, batch, strict=True)]


def new_release(run, prepared):
    release = PressRelease(**prepared.values, is_sample=run.is_sample)
    if release.published_at and not stays_draft(run, prepared.record):
        release.state = State.PUBLISHED
    release.updated_at = timezone.now()
    return release


def stays_draft(run, record):
    """Whether its source, or who imports it, keeps it from readers whatever its date."""
    return run.options.state == State.DRAFT or not record.is_published


def link_all(name, releases, batch):
    field = PressRelease._meta.get_field(name)
    rows = (
        (release.pk, term)
        for release, (prepared, _) in zip(releases, batch, strict=True)
        for term in prepared.record.links[name]
    )
    insert(field.m2m_db_table(), [field.m2m_column_name(), field.m2m_reverse_name()], rows)


def log_all(releases, note):
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    insert(
        ReleaseLog._meta.db_table,
        ["release_id", "action", "at", "note"],
        ((release.pk, "import", at, note) for release in releases),
    )


def keep_addresses(releases, batch):
    """So that the old addresses of releases lead to them."""
    LegacyUrl.objects.bulk_create(
        (
            row
            for release, (prepared, _) in zip(releases, batch, strict=True)
            for row in rows_for(release, prepared.record.urls)
        ),
        ignore_conflicts=True,
    )


def origin_of(run, release, prepared, capture):
    record = prepared.record
    return Origin(
        release_id=release.pk,
        run_id=run.row.pk,
        node=record.node,
        path=prepared.path[:500],
        payload=prepared.payload,
        digest=prepared.digest,
        captured_at=capture.captured_at,
        printed_date=record.printed_date[:300],
        printed_day=record.printed_day,
        dateline_day=record.dateline_day,
        named=record.links,
        stays_draft=stays_draft(run, record),
    )


def join_families(releases, batch):
    """Link the new releases of nodes that have several languages, in the order in which they came."""
    nodes = [prepared.record.node for prepared, _ in batch]
    later = {release.pk for release in releases}
    shared = shared_nodes({node for node in nodes if node})
    for release, node in zip(releases, nodes, strict=True):
        later.discard(release.pk)
        if node not in shared:
            continue
        family = [each for each in members_of([node])[node] if each.pk not in later]
        before = named_by([each for each in family if each.pk != release.pk])
        file_under(release, family, before, is_new=True)


def illustrated(run, release, prepared, capture):
    messages = []
    add_files(run, release, prepared, capture, messages)
    if lacks_files(run, prepared, messages):
        Origin.objects.filter(pk=release.pk).update(lacks_files=True)
    if run.is_dry:
        run.taken[prepared.key] = (prepared.path, capture.captured_at, prepared.digest)
    return Outcome(prepared, Action.CREATED, release, messages=messages)
