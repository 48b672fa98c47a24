import sys
from collections import Counter

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from osce_cms.text import printable
from press.reminders import tell
from press.running import AlreadyRunning, one_at_a_time

FINISHED_WITH_FAILURES = 3
ANOTHER_RUNS = 4


class Command(BaseCommand):
    help = (
        "Tells the people who were named at releases that become public, and that became so; removes"
        " sessions that are over and old records of sign-ins. For every minute. Releases become"
        " public without it. Exit codes:"
        " 0 all well, 1 could not run, 2 wrong arguments, 3 some mails failed and are tried again"
        " at the next run, 4 another one is running."
    )
    requires_system_checks = []  # it is started every minute

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="send nothing, write nothing, say what is due"
        )

    def handle(self, *, dry_run, verbosity, **options):
        if not settings.SITE_URL:
            raise CommandError("Set the SITE_URL environment variable: mails lead to the site.")
        try:
            with one_at_a_time("mails"):
                counts = self.tell(dry_run, verbosity)
                if not dry_run:
                    call_command("clearsessions")
                    call_command("clear_sign_ins")
        except AlreadyRunning as other:
            raise CommandError("Another one is running.", returncode=ANOTHER_RUNS) from other
        except (Error, OSError) as error:
            raise CommandError(f"Could not run: {printable(str(error))}") from error
        if counts["failed"]:
            sys.exit(FINISHED_WITH_FAILURES)

    def tell(self, dry_run, verbosity):
        counts = Counter()
        if dry_run:
            self.stdout.write("Dry run: nothing is sent.")
        for outcome in tell(is_dry_run=dry_run):
            counts[outcome.result] += 1
            if outcome.result == "failed":
                self.stderr.write(str(outcome))
            elif verbosity > 1 or (verbosity and (dry_run or outcome.result == "skipped")):
                self.stdout.write(str(outcome))
        if verbosity:
            results = ("told", "skipped", "failed")
            self.stdout.write(", ".join(f"{result} {counts[result]}" for result in results))
        return counts
