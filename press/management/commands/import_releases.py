import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from press.importers import OUTCOMES, import_releases
from press.importers.running import AlreadyRunning
from press.importers.sources import SourceError

FINISHED_WITH_FAILURES = 3
ANOTHER_RUNS = 4


class Command(BaseCommand):
    help = (
        "Imports legacy press releases from pages, tables and archives. Running it again changes "
        "nothing. Exit codes: 0 all well, 1 could not run, 2 wrong arguments, 3 some items failed,"
        " 4 another import is running."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "sources",
            nargs="+",
            metavar="SOURCE",
            help="a file (.html, .txt, .jsonl, .json, .csv, .zip, .warc), a folder (searched with its "
            "subfolders) or a pattern such as 'archive/*.html'",
        )
        parser.add_argument(
            "--manifest",
            metavar="FILE",
            help="a CSV file with the columns path, url, captured_at and language: what is known of pages",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="write nothing, report what would be done"
        )

    def handle(self, *, sources, manifest, dry_run, verbosity, **options):
        if dry_run:
            self.stdout.write("Dry run: nothing is written.")
        try:
            report = import_releases(
                sources, manifest=manifest, dry_run=dry_run, progress=self.progress
            )
        except SourceError as error:
            raise CommandError(str(error)) from error
        except AlreadyRunning as other:
            raise CommandError("Another import is running.", returncode=ANOTHER_RUNS) from other
        print_report(self, report, verbosity)
        if report.counts["failed"]:
            sys.exit(FINISHED_WITH_FAILURES)

    def progress(self, sources):
        # A bar on a terminal, silence in a log.
        total = sources.total() if sys.stderr.isatty() else None
        return tqdm(sources, total=total, unit="item", disable=None, leave=False, file=sys.stderr)


def print_report(command, report, verbosity=1):
    """What happened to each file that needs a look (all of them from verbosity 2 on), and the sums."""
    for level, path, text in report.lines:
        if level == "failed":
            command.stderr.write(f"failed: {path}: {text}")
        elif level in ("warning", "conflict") or verbosity > 1:
            command.stdout.write(f"{level}: {path}: {text}")
    sums = " + ".join(f"{report.counts[outcome]} {outcome}" for outcome in OUTCOMES)
    command.stdout.write(f"{report.read} read = {sums}")
    if not report.changed:
        command.stdout.write("Nothing changed.")
