import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from tqdm import tqdm

from press.models import PressRelease
from press.search.rebuild import rebuild, remove_orphans
from press.search.schema import install


class Command(BaseCommand):
    help = (
        "Analyses the words of all releases again, beside editors who go on working. It may be stopped"
        " and run again at any time. Exit codes: 0 done, 1 could not run, 130 stopped."
    )

    def handle(self, **options):
        try:
            install(connection)
            removed = remove_orphans()
            count = self.rebuild()
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as expected: {error}") from error
        self.stdout.write(f"{count} releases written, {removed} without a release removed.")

    def rebuild(self):
        # A bar on a terminal, silence in a log.
        total, count = PressRelease.objects.count(), 0
        bar = tqdm(total=total, unit="release", disable=None, leave=False, file=sys.stderr)
        with bar:
            for size in rebuild():
                count += size
                bar.update(size)
        return count
