"""Bringing legacy press releases in: read -> clean -> save. Nothing here prints or parses arguments.

files     which files, their text, and which reader is for them
readers   html_page, text_capture: text -> Item, what the page says
clean     Item -> Record, in our names and types
store     Record -> PressRelease
"""

import logging
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.db import connection, transaction

from osce_cms.text import printable

from ..models import PressRelease
from . import files
from .clean import clean
from .countries import suggest_for
from .item import NotARelease
from .running import one_at_a_time
from .store import save
from .terms import Matcher

logger = logging.getLogger(__name__)

OUTCOMES = ["created", "updated", "unchanged", "skipped", "failed", "conflict"]


@dataclass
class Report:
    """counts: Counter by outcome, closing to the files read; lines: (level, path, text)."""

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


def import_releases(sources, *, dry_run=False, is_sample=False, progress=iter):
    """Import every file that sources (files, folders, patterns) name; a bad one fails alone.

    dry_run: do it all, then roll it back. progress: wraps the list of files, such as tqdm. Raises
    AlreadyRunning.
    """
    with one_at_a_time(), transaction.atomic() if dry_run else nullcontext():
        run = Run(is_sample=is_sample, keep_files=not dry_run)
        for path in progress(files.find(sources)):
            run.take(path)
        suggest_for(PressRelease.objects.filter(pk__in=run.created))
        if dry_run:
            transaction.set_rollback(True)
    return run.report


class Run:
    """One import: the names of all terms, what came already, and the report."""

    def __init__(self, *, is_sample, keep_files):
        self.options = {"is_sample": is_sample, "keep_files": keep_files}
        self.labels = Matcher()
        self.report = Report()
        self.created = []
        self.first = {}  # legacy key: the file that had it first
        if not self.labels:
            self.report.note(
                "warning", "terms", "there are none: run load_taxonomy, then this again"
            )

    def take(self, path):
        """Import one file; whatever it does to us is counted and noted, and the next one can come."""
        try:
            with transaction.atomic():
                outcome = self.store(path)
        except NotARelease as reason:
            outcome = "failed"
            self.report.note("failed", path, str(reason))
        except Exception as error:
            if not connection.is_usable():
                raise  # the database is gone, not the file bad
            logger.debug("Import of %s failed", path, exc_info=True)
            outcome = "failed"
            self.report.note("failed", path, f"unexpected {type(error).__name__}: {error}")
        self.report.counts[outcome] += 1

    def store(self, path):
        record = clean(files.read(path), self.labels)
        if record.key in self.first:
            first = self.first[record.key]
            self.report.note("warning", path, f"the same item as {first}, which was taken")
            return "skipped"
        outcome, release = save(record, self.labels, folder=path.parent, **self.options)
        self.first[record.key] = path
        if outcome == "created":
            self.created.append(release.pk)
        self.report.note("done", path, f"{outcome}: {release.title}")
        for warning in record.warnings:
            self.report.note("warning", path, warning)
        if outcome == "conflict":
            self.report.note("conflict", path, f"was edited here since; kept: {release.title}")
        return outcome
