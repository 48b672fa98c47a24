from django.core.management.base import BaseCommand

from press.management.console import Console
from press.sample import load_sample

from .import_releases import finish


class Command(BaseCommand):
    help = "Imports the sample archive: invented releases, marked as sample content on every page."

    def handle(self, *, verbosity, **options):
        # The archive has undated and unmatched items on purpose; their warnings are for -v 2.
        console = Console(self, verbosity=0 if verbosity == 1 else verbosity, style="off")
        finish(console, load_sample(tell=console.tell))
