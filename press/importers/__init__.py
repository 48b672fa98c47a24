"""Bringing legacy press releases in: read -> clean -> save. Nothing here prints or parses arguments.

files     which files, their text, and which reader is for them
readers   html_page, text_capture: text -> Item, what the page says
clean     Item -> Record, in our names and types
store     Record -> PressRelease
"""

import logging
from collections import Counter
from dataclasses import dataclass, field

from django.db import transaction

from taxonomy.labels import Labels

from ..models import LINKS, PressRelease
from . import files
from .clean import clean
from .item import NotARelease
from .store import link_translations, save

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
        self.lines.append((level, path, text))


def import_releases(sources, *, dry_run=False, is_sample=False, progress=iter):
    """Import every file that sources (files, folders, patterns) name; a bad one fails alone.

    dry_run: do it all, then roll it back. progress: wraps the list of files, such as tqdm.
    """
    if not dry_run:
        return _import(sources, is_sample, progress)
    with transaction.atomic():
        report = _import(sources, is_sample, progress, keep_files=False)
        transaction.set_rollback(True)
    return report


def _import(sources, is_sample, progress, keep_files=True):
    report = Report()
    labels = {link: Labels(PressRelease._meta.get_field(link).related_model) for link in LINKS}
    keys = {}  # legacy key: the file that had it first in this run
    nodes = {}  # legacy nodes of which something changed, in order
    for path in progress(files.find(sources)):
        try:
            with transaction.atomic():
                record = clean(files.read(path), labels)
                if first := keys.get(record.key):
                    report.counts["skipped"] += 1
                    report.note("warning", path, f"the same item as {first}, which was taken")
                    continue
                outcome, release = save(
                    record,
                    labels,
                    folder=path.parent,
                    is_sample=is_sample,
                    keep_files=keep_files,
                )
        except NotARelease as reason:
            report.counts["failed"] += 1
            report.note("failed", path, str(reason))
            continue
        except Exception as error:
            # Whatever one file does to us, it fails alone; the log has the traceback.
            logger.exception("Import of %s failed", path)
            report.counts["failed"] += 1
            report.note("failed", path, f"unexpected {type(error).__name__}: {error}")
            continue
        keys[record.key] = path
        report.counts[outcome] += 1
        report.note("done", path, f"{outcome}: {release.title}")
        for warning in record.warnings:
            report.note("warning", path, warning)
        if outcome == "conflict":
            report.note("conflict", path, f"was edited here since; kept: {release.title}")
        if outcome in ("created", "updated") and ":" in record.key:
            nodes[record.key.partition(":")[0]] = None
    with transaction.atomic():
        link_translations(nodes)
    return report
