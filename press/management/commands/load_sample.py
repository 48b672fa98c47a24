import sys

from django.core.management.base import BaseCommand

from press.sample import load_sample

from .import_releases import FINISHED_WITH_FAILURES, print_report


class Command(BaseCommand):
    help = "Imports the sample archive: invented releases, marked as sample content on every page."

    def handle(self, *, verbosity, **options):
        report = load_sample()
        # The archive has undated and unmatched items on purpose; their warnings are for -v 2.
        report.lines = [line for line in report.lines if line[0] != "warning" or verbosity > 1]
        print_report(self, report, verbosity)
        if report.counts["failed"]:
            sys.exit(FINISHED_WITH_FAILURES)
