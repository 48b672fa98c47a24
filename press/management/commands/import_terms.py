import sys
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from osce_cms.text import printable
from press.importers.clean import clean
from press.importers.matching import decision_sheet, terms
from press.importers.matching.decision_sheet import SheetRefused
from press.importers.messages import NotARelease
from press.importers.readers.reading import read
from press.importers.sources import SourceError, Sources
from press.management import arguments
from press.running import AlreadyRunning, one_at_a_time
from taxonomy.labels import short_key

from .import_releases import ANOTHER_RUNS, FINISHED_WITH_FAILURES

WRONG_ARGUMENTS = 2


class Command(BaseCommand):
    help = (
        "Writes the labels of the archive that name no term into a CSV file (--out), with the terms that"
        " are most like each; takes the file back with your decisions (--in) and files what is imported"
        " already under them. Exit codes: 0 all well, 1 could not run or something in the file is"
        " wrong, 2 wrong arguments, 3 some files of the source cannot be read, 4 an import is running."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "sources",
            nargs="*",
            metavar="SOURCE",
            help="files, folders or patterns as for import_releases; without any, what is imported already",
        )
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--out", metavar="FILE.csv", help="write the labels without a term")
        way.add_argument(
            "--in",
            dest="sheet",
            metavar="FILE.csv",
            help="take decisions: a code of a term, or “ignore”, in the column “decision”",
        )
        parser.add_argument(
            "--by", metavar="USERNAME", type=arguments.person, help="with --in: who decided"
        )
        parser.add_argument("--dry-run", action="store_true", help="with --in: write nothing")
        parser.add_argument(
            "--manifest", help="with SOURCE: a CSV with path, url, captured_at and language"
        )

    def handle(self, *, sources, out, sheet, by, dry_run, manifest, **options):
        if out and (by or dry_run):
            raise CommandError("--by and --dry-run go with --in.", returncode=WRONG_ARGUMENTS)
        if manifest and not sources:
            raise CommandError("--manifest goes with a SOURCE.", returncode=WRONG_ARGUMENTS)
        if out:
            return self.write_sheet(Path(out), sources, manifest)
        if sources:
            raise CommandError("With --in there is no SOURCE.", returncode=WRONG_ARGUMENTS)
        self.take_sheet(Path(sheet), by, dry_run)

    # Out

    def write_sheet(self, path, sources, manifest):
        matcher = terms.Matcher()
        if not matcher:
            raise CommandError("There are no terms: run load_taxonomy first.")
        if path.exists():  # it may hold decisions
            raise CommandError(f"{path} is there already: choose another name.")
        self.unreadable = 0
        tallies = terms.tally(self.labels(sources, manifest, matcher))
        try:
            with path.open("x", newline="", encoding="utf-8-sig") as file:
                decision_sheet.write(file, self.progress(tallies, "label"), matcher)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        self.stdout.write(f"Labels without a term, written to {path}: {len(tallies)}.")
        if self.unreadable:
            sys.exit(FINISHED_WITH_FAILURES)

    def labels(self, sources, manifest, matcher):
        if not sources:
            return in_database()
        try:
            return self.in_files(Sources(sources, manifest=manifest), matcher)
        except SourceError as error:
            raise CommandError(printable(str(error))) from error

    def in_files(self, sources, matcher):
        """(vocabulary, label, path) of each label of the files that an import would leave as it is."""
        for capture in self.progress(sources.captures(), "item"):
            try:
                record = clean(read(capture), matcher)
            except NotARelease as reason:
                self.unreadable += 1
                self.stderr.write(f"failed: {printable(capture.path)}: {printable(str(reason))}")
                continue
            for vocabulary, labels in record.values["unmatched_labels"].items():
                yield from ((vocabulary, label, capture.path) for label in labels)

    # In

    def take_sheet(self, path, person, dry_run):
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        try:
            with one_at_a_time(), transaction.atomic() if dry_run else nullcontext():
                decisions, undecided = decision_sheet.read(data, decision_sheet.known_codes())
                stored = terms.decide(decisions, by=person)
                only = {(each.vocabulary, short_key(each.label)) for each in decisions}
                filed = terms.refile(
                    terms.Matcher(),
                    by=person,
                    only=only,
                    progress=lambda batches: self.progress(batches, "batch"),
                )
                if dry_run:
                    transaction.set_rollback(True)
        except SheetRefused as refusal:
            lines = [printable(line) for line in refusal.problems]
            raise CommandError("\n".join([f"{path}: nothing was written.", *lines])) from refusal
        except AlreadyRunning as other:
            raise CommandError("An import is running.", returncode=ANOTHER_RUNS) from other
        if dry_run:
            self.stdout.write("Dry run: nothing is written.")
        self.stdout.write(
            f"Decisions: {len(decisions)}, {stored} of them new. Labels not decided: {undecided}."
            f" Releases filed anew: {filed}."
        )

    def progress(self, things, unit):
        return tqdm(things, unit=unit, disable=None, leave=False, file=sys.stderr)


def in_database():
    return (
        (vocabulary, label, f"{pk}: {title}")
        for vocabulary, label, (pk, title) in terms.unmatched(None, "pk", "title")
    )
