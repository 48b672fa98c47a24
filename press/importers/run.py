"""One import, from its start to its end."""

import random
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from itertools import islice, takewhile

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from pyroaring import BitMap

from osce_cms.rows import add, insert
from osce_cms.text import printable

from ..models import (
    Action,
    ImportItem,
    ImportMessage,
    ImportRun,
    Origin,
    RunStatus,
    undone,
)
from ..running import one_at_a_time
from ..search.schema import many_texts
from ..workflow import State
from . import gate
from .ahead import Block, BrokenProcessPool, cut, prepared
from .matching.countries import Countries
from .matching.terms import Matcher
from .messages import Message
from .patience import StillBusy, first_line, is_in_the_way, patiently
from .prepare import VERSION, payload_of, prepare
from .sources import Sources
from .writing import links, listed
from .writing.releases import write

# Records of one transaction. SQLite has one lock for all, which is held for well under a second.
BATCH = {"sqlite": 200, "postgresql": 500}
RAW_BYTES = 1_000_000  # of a record that was not taken, kept in the ledger to mend or compare it
ENOUGH = 200  # records, before a share of errors says anything


class TooManyErrors(Exception):
    """The import was given up, as asked for; what it had written stays. run: the Run until then."""

    def __init__(self, run):
        super().__init__(f"{run.counts[Action.FAILED]} of {run.read} failed")
        self.run = run


class ProcessLost(Exception):
    """A process that prepared records was killed. The same import goes on where it was."""


@dataclass
class Options:
    """How an import is run; what of it decides the result is kept with the run.

    limit: of captures. only: keys or node numbers. since: the first day. sample, seed: so many captures
    drawn at random. language: of everything, whatever the texts say. state: "draft" publishes nothing.
    max_errors, max_error_share: give up beyond so many failed records, or such a share of them. strict:
    every label names a term, or somebody decided about it; required: {field of gate.FIELDS: share of the
    records that have it}; otherwise nothing is written.
    """

    dry_run: bool = False
    strict: bool = False
    required: dict = field(default_factory=dict)
    is_sample: bool = False
    is_listing: bool = False
    limit: int | None = None
    only: frozenset = frozenset()
    since: object = None
    sample: int | None = None
    seed: int = 0
    language: str = ""
    state: str = "published"
    overwrite_edited: bool = False
    takes_files: bool = True
    max_errors: int | None = None
    max_error_share: float | None = None
    batch_size: int | None = None
    resumes: bool = True
    by: object = None

    def kept(self):
        names = ["limit", "sample", "seed", "language", "state", "overwrite_edited"]
        names += ["takes_files", "is_listing"]
        told = {name: getattr(self, name) for name in names}
        return told | {"only": sorted(self.only), "since": self.since and self.since.isoformat()}


def ignore(*told):
    pass


def import_releases(names, options=None, *, manifest=None, tell=ignore, step=ignore, runs=None):
    """The Run over everything that names (files, folders, patterns) name; a bad record fails alone.

    manifest: path of a CSV that knows more of them. tell(outcome) hears of every record that was not
    passed over, step(number, total or None) of every batch. runs: what runs, a Run or one like it.
    Raises AlreadyRunning, SourceError and gate.Closed before anything is written, TooManyErrors,
    ProcessLost and patience.StillBusy between two batches.
    """
    options = options or Options()
    sources = Sources(names, manifest=manifest)
    with one_at_a_time(), stopping() as stop:
        run = (runs or Run)(sources, options, tell, stop)
        if options.strict or options.required:
            gate.check(run)
        run.begin([str(each) for each in names])
        try:
            run.go(step)
        except BrokenProcessPool as end:
            run.pause()
            # A signal to the whole group ends them, too.
            if not stop.is_asked:
                raise ProcessLost from end
        except (StillBusy, OperationalError, OSError) as error:
            # So that nobody takes it for running; what stands in its way may do so here, too.
            with suppress(StillBusy, DatabaseError):
                run.pause()
            if isinstance(error, OperationalError) and is_in_the_way(error):
                raise StillBusy(first_line(error)) from error
            raise
    return run


class Stop:
    """Whether somebody asked us to stop."""

    is_asked = False


@contextmanager
def stopping():
    """The first SIGINT or SIGTERM lets the batch end; a second one ends the process as usual."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number, frame):
        stop.is_asked = True
        signal.signal(number, before[number])

    before = {n: signal.signal(n, ask) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Work:
    """What other processes need to prepare captures."""

    matcher: Matcher
    countries: Countries
    language: str

    def do(self, fresh):
        return [
            prepare(position, capture, payload, **vars(self))
            for position, payload, capture in fresh
        ]


class Run:
    """row: the ImportRun. seen: the releases that this run has met already; known: those of this batch
    that are as read, {id: position}; taken: of a dry run, whose batches leave nothing in the database,
    {key: (path, captured_at, digest)}.
    """

    MEMORY = ["counts", "seen", "taken"]

    def __init__(self, sources, options, tell, stop):
        self.sources, self.options, self.tell, self.stop = sources, options, tell, stop
        self.is_dry, self.is_sample = options.dry_run, options.is_sample
        self.takes_files = options.takes_files
        self.matcher, self.countries = Matcher(), Countries.load()
        self.has_terms = bool(self.matcher)
        self.mapping = listed.fingerprinted(self.matcher.fingerprint)
        self.has_lists = self.mapping != self.matcher.fingerprint
        self.counts, self.linked = Counter(), Counter()
        self.seen, self.taken = BitMap(), {}
        self.known = {}
        self.row = None
        self.is_resumed = self.is_paused = False
        self.given_up = []  # runs that were killed and are not gone on with
        self.took_over = None  # the last sign of life of a run that was killed

    # The ledger.

    def begin(self, names):
        fingerprint = self.sources.fingerprint()
        manifest = self.sources.manifest.path  # so that import_verify finds it
        kept = self.options.kept() | {"manifest": str(manifest) if manifest else None}
        unfinished = ImportRun.objects.filter(
            status__in=[RunStatus.RUNNING, RunStatus.PAUSED],
            fingerprint=fingerprint,
            options=kept,
            version=VERSION,
        )
        if self.options.resumes and not self.is_dry:
            self.row = unfinished.first()
        self.is_resumed = bool(self.row)
        if self.row:
            if self.row.status == RunStatus.RUNNING:
                self.took_over = self.row.seen_at
            self.row.status, self.row.seen_at = RunStatus.RUNNING, timezone.now()
            self.counts.update(self.row.counts)
        else:
            self.row = ImportRun(
                sources=names,
                fingerprint=fingerprint,
                options=kept,
                version=VERSION,
                by=self.options.by,
            )
        self.row.mapping = self.mapping
        if not self.is_dry:
            self.give_up_others()
            patiently(self.row.save)
        if self.counts[Action.UNCHANGED]:
            self.remember()

    def remember(self):
        """Which releases were met before the run was stopped: what was unchanged is in no ledger."""
        before = takewhile(lambda pair: pair[0] < self.row.done, self.pairs(0))
        for part in cut(before, self.batch_size):
            self.seen.update(pk for _, pk in self.block_of(part).known)

    def give_up_others(self):
        """What was killed and is not gone on with is over: we have the lock, so it does not run."""
        dead = ImportRun.objects.filter(status=RunStatus.RUNNING).exclude(pk=self.row.pk)
        self.given_up = list(dead)
        patiently(lambda: dead.update(status=RunStatus.FAILED, finished_at=timezone.now()))

    def go(self, step):
        work = self.work()
        total = self.total()
        with many_texts(connection):
            self.take_all(prepared(self.blocks(self.row.done), work), total, step)

    def take_all(self, blocks, total, step):
        for block, made in blocks:
            begun = time.monotonic()
            self.take(block, made)
            step(len(block), total)
            if self.has_too_many_errors():
                self.end(RunStatus.FAILED)
                raise TooManyErrors(self)
            if self.stop.is_asked:
                self.pause()
                return
            if connection.vendor == "sqlite":
                # There one writer at a time: editors get their turn. Who waits asks every 0.1 seconds.
                time.sleep(min(0.1, (time.monotonic() - begun) / 2))
        if not self.is_dry:
            self.linked = links.relink(lambda: self.stop.is_asked)
        self.is_paused = self.stop.is_asked
        self.end(RunStatus.PAUSED if self.is_paused else RunStatus.FINISHED)

    def work(self):
        return Work(self.matcher, self.countries, self.options.language)

    def pause(self):
        self.is_paused = True
        self.end(RunStatus.PAUSED)

    def end(self, status):
        self.row.status, self.row.counts = status, dict(self.counts)
        self.row.finished_at = None if status == RunStatus.PAUSED else timezone.now()
        if not self.is_dry:
            patiently(self.row.save)

    @property
    def read(self):
        return sum(self.counts.values())

    def has_too_many_errors(self):
        failed, options = self.counts[Action.FAILED], self.options
        if options.max_errors is not None and failed > options.max_errors:
            return True
        share = options.max_error_share
        return share is not None and self.read >= ENOUGH and failed > share * self.read

    # Its batches.

    def blocks(self, start):
        """Blocks of captures, what is unchanged told from what has to be prepared."""
        for part in cut(self.pairs(start), self.batch_size):
            yield self.block_of(part)

    def total(self):
        """How many captures there are to read, None when nobody knows."""
        total, most = self.sources.total(), [self.options.limit, self.options.sample]
        return min([total, *(each for each in most if each is not None)]) if total else total

    def pairs(self, start):
        """(position, capture) of those from start on that were asked for."""
        pairs = enumerate(self.sources.captures(start), start)
        if self.options.limit is not None:
            pairs = islice(pairs, max(0, self.options.limit - start))
        if self.options.sample is not None:
            drawn = self.drawn()
            pairs = (pair for pair in pairs if pair[0] in drawn)
        return pairs

    @property
    def batch_size(self):
        return self.options.batch_size or BATCH[connection.vendor]

    def drawn(self):
        """The positions of a random sample, the same ones for the same seed."""
        total = self.sources.total() or sum(1 for _ in self.sources.captures())
        generator = random.Random(self.options.seed)  # noqa: S311 - nothing secret
        return BitMap(generator.sample(range(total), min(self.options.sample, total)))

    def block_of(self, part):
        payloads = [payload_of(capture, self.mapping) for _, capture in part]
        known, passed = self.as_read(payloads)
        block = Block(end=part[-1][0] + 1)
        for (position, capture), payload in zip(part, payloads, strict=True):
            if payload in known:
                block.known.append((position, known[payload]))
            elif (payload, printable(capture.path)[:500]) in passed:
                block.passed += 1
            else:
                block.fresh.append((position, payload, capture))
        return block

    def as_read(self, payloads):
        """({payload: id of the release that is as it says}, {(payload, path) of what was passed over}).

        What this run wrote does not count: blocks are read ahead, so it may be written or not yet.
        Neither does what was kept from readers: an embargo ends without a word in the source.
        """
        origins = Origin.objects.filter(payload__in=payloads, lacks_files=False)
        if self.options.state != State.DRAFT:
            origins = origins.exclude(stays_draft=True)
        if self.row and self.row.pk:
            origins = origins.exclude(run_id=self.row.pk)
        # What is being undone would be taken away after it was counted as here.
        origins = origins.exclude(run__status=RunStatus.ROLLING_BACK)
        skipped = ImportItem.objects.filter(
            payload__in=payloads, action=Action.SKIPPED, release__isnull=False
        ).exclude(undone() | Q(run=self.row and self.row.pk))
        if self.options.overwrite_edited:
            origins = origins.none()  # an edit is no matter of the source
        known = dict(origins.values_list("payload", "release_id"))
        return known, set(skipped.values_list("payload", "path"))

    def take(self, block, made):
        """Write one block, or nothing of it; a dry run takes it back."""
        captures = {position: capture for position, _, capture in block.fresh}
        batch = [(each, captures[each.position]) for each in made if self.wants(each)]
        self.complete(batch)
        outcomes = patiently(lambda: self.attempt_block(block, batch, captures))
        for outcome in outcomes:
            self.tell(outcome)

    def complete(self, batch):
        if batch and self.has_lists:
            listed.complete([each for each, _ in batch], self.matcher)

    def attempt_block(self, block, batch, captures):
        """[Outcome, ...] of a block; without it, what this run remembers is as before, too."""
        before, done = self.memory(), self.row.done
        try:
            with transaction.atomic():
                if self.is_dry:
                    self.row.pk = None
                    self.row.save()
                self.known = dict(reversed([(pk, position) for position, pk in block.known]))
                outcomes = self.write(batch) if batch else []
                self.seen.update(self.known)
                outcomes.sort(key=lambda each: each.prepared.position)
                as_before = {Action.UNCHANGED: len(block.known), Action.SKIPPED: block.passed}
                self.counts += Counter(as_before) + Counter(each.action for each in outcomes)
                self.record(outcomes, captures)
                self.row.done, self.row.counts = block.end, dict(self.counts)
                self.row.seen_at = timezone.now()
                self.row.save(update_fields=["done", "counts", "seen_at"])
                transaction.set_rollback(self.is_dry)
        except BaseException:
            self.__dict__.update(before)
            self.row.done, self.row.counts = done, dict(self.counts)
            raise
        return outcomes

    def memory(self):
        """Copies of what the records of a block are counted and looked up in."""
        return {name: copy(getattr(self, name)) for name in self.MEMORY}

    def write(self, batch):
        return write(self, batch)

    def has_met(self, release, position):
        """Whether this run met release before the capture at position, whatever the batches."""
        return release.pk in self.seen or self.known.get(release.pk, position) < position

    def wants(self, each):
        """Whether a record is among those that were asked for."""
        if not each.record:
            return not (self.options.only or self.options.since)
        only, record = self.options.only, each.record
        day = record.printed_day or record.dateline_day
        if self.options.since and not (day and day >= self.options.since):
            return False
        return not only or record.key in only or (record.node and record.node in only)

    def record(self, outcomes, captures):
        """Into the ledger goes all but what is unchanged: that is counted only."""
        for each in outcomes:
            each.item = self.item_of(each, captures[each.prepared.position])
        told = [each for each in outcomes if each.action != Action.UNCHANGED]
        add(each.item for each in told)
        insert(
            ImportMessage._meta.db_table,
            ["item_id", *Message._fields],
            ((each.item.pk, *message) for each in told for message in each.messages),
        )

    def item_of(self, outcome, capture):
        prepared, record = outcome.prepared, outcome.prepared.record
        is_conflict = outcome.action == Action.CONFLICT
        is_kept = outcome.action == Action.FAILED or outcome.can_be_taken
        return ImportItem(
            run_id=self.row.pk,
            position=prepared.position,
            action=outcome.action,
            path=prepared.path[:500],
            key=prepared.key,
            url=record.values["legacy_url"] if record else capture.url[:500],
            captured_at=capture.captured_at,
            language=record.values["language"] if record else capture.language,
            title=record.values["title"] if record else "",
            release=outcome.release,
            version=outcome.release.version if outcome.release else None,
            undo=outcome.undo,
            payload=prepared.payload if is_conflict or outcome.action == Action.SKIPPED else "",
            is_row=capture.is_row,
            duration=prepared.duration,
            raw=capture.data if is_kept and 0 < len(capture.data) <= RAW_BYTES else None,
            digest=prepared.digest if is_conflict else "",
        )
