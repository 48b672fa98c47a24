from django.core.management.base import BaseCommand, CommandError

from press.importers.ledger.report import Report
from press.management import arguments


class Command(BaseCommand):
    help = (
        "Writes the report of an import again, from what the ledger knows of it. Unchanged records are"
        " counted only. Exit codes: 0 written, 1 could not run, 2 wrong arguments."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "run", type=arguments.run, metavar="RUN", help="its number, its UUID, or last"
        )
        parser.add_argument("--report", metavar="DIR", required=True, help="the folder")

    def handle(self, *, run, report, **options):
        try:
            written = Report(report)
        except OSError as error:
            raise CommandError(f"{report} cannot be written: {error.strerror}.") from error
        written.add_ledger(run)
        written.close(run, run.counts)
        self.stdout.write(f"The report of {run} is in {report}.")
        if written.told:
            self.stdout.write(written.told)
