import sys

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from press.importers.matching.countries import suggest_for
from press.management.commands.import_releases import ANOTHER_RUNS
from press.models import PressRelease
from press.running import AlreadyRunning, one_at_a_time


class Command(BaseCommand):
    help = (
        "Suggests countries for all releases that are imported already, as an import does for new ones."
        " What was confirmed or rejected stays. Exit codes: 0 all well, 4 an import is running."
    )

    def handle(self, **options):
        try:
            with one_at_a_time():
                imported = PressRelease.objects.filter(origin__isnull=False)
                new = suggest_for(imported, progress=self.progress)
        except AlreadyRunning as other:
            raise CommandError("An import is running.", returncode=ANOTHER_RUNS) from other
        self.stdout.write(f"New suggestions: {new}.")

    def progress(self, batches):
        return tqdm(batches, unit="batch", disable=None, leave=False, file=sys.stderr)
