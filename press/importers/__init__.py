"""Bringing legacy press releases in: read -> clean -> save. Nothing here prints or parses arguments.

sources   what the operator names -> Captures: pages, rows, records of archives
reading   Capture -> Item, by the reader for its format: html_page, text_capture or rows
clean     Item -> Record, in our names and types
store     Record -> PressRelease
"""

import logging
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.db import connection, transaction

from osce_cms.text import printable
from taxonomy.labels import Labels

from ..models import LINKS, PressRelease
from .clean import clean
from .messages import NotARelease
from .reading import read
from .running import one_at_a_time
from .sources import Sources
from .store import save

logger = logging.getLogger(__name__)

OUTCOMES = ["created", "updated", "unchanged", "skipped", "failed", "conflict"]


@dataclass
class Report:
    """counts: Counter by outcome, closing to the items read; lines: (level, path, text)."""

    counts: Counter = field(default_factory=Counter)
    lines: list = field(default_factory=list)

    @property
    def read(self):
        return sum(self.counts.values())

    @property
    def changed(self):
        return self.counts["created"] + self.counts["updated"]

    def note(self, level, path, text):
        self.lines.append((level, printable(str(path)), printable(text)))


def import_releases(sources, *, manifest=None, dry_run=False, is_sample=False, progress=iter):
    """Import everything that sources (files, folders, patterns) name; a bad item fails alone.

    manifest: a CSV file with what is known of pages from outside. dry_run: do it all, then roll it
    back. progress: wraps the Sources, such as tqdm. Raises AlreadyRunning or SourceError.
    """
    sources = Sources(sources, manifest)
    with one_at_a_time(), transaction.atomic() if dry_run else nullcontext():
        run = Run(is_sample=is_sample, keep_files=not dry_run)
        for capture in progress(sources):
            run.take(capture)
        if dry_run:
            transaction.set_rollback(True)
    return run.report


class Run:
    """One import: the names of all terms, what came already, and the report."""

    def __init__(self, *, is_sample, keep_files):
        self.options = {"is_sample": is_sample, "keep_files": keep_files}
        self.labels = {
            link: Labels(PressRelease._meta.get_field(link).related_model) for link in LINKS
        }
        self.report = Report()
        self.first = {}  # legacy key: the file that had it first
        if not any(each.terms for each in self.labels.values()):
            self.report.note(
                "warning", "terms", "there are none: run load_taxonomy, then this again"
            )

    def take(self, capture):
        """Import one item; whatever it does to us is counted and noted, and the next one can come."""
        path = capture.path
        try:
            with transaction.atomic():
                outcome = self.store(capture)
        except NotARelease as reason:
            outcome = "failed"
            self.report.note("failed", path, str(reason))
        except Exception as error:
            if not connection.is_usable():
                raise  # the database is gone, not the item bad
            logger.debug("Import of %s failed", path, exc_info=True)
            outcome = "failed"
            self.report.note("failed", path, f"unexpected {type(error).__name__}: {error}")
        self.report.counts[outcome] += 1

    def store(self, capture):
        path = capture.path
        record = clean(read(capture), self.labels)
        if record.key in self.first:
            first = self.first[record.key]
            self.report.note("warning", path, f"the same item as {first}, which was taken")
            return "skipped"
        outcome, release = save(record, self.labels, folder=capture.folder, **self.options)
        self.first[record.key] = path
        self.report.note("done", path, f"{outcome}: {release.title}")
        for each in record.messages:
            self.report.note("warning", path, each.text)
        if outcome == "conflict":
            self.report.note("conflict", path, f"was edited here since; kept: {release.title}")
        return outcome
