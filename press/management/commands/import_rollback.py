import sys

from django.core.management.base import BaseCommand, CommandError

from osce_cms.text import printable
from press.importers.ledger.rollback import OUTCOMES, roll_back
from press.importers.patience import StillBusy
from press.importers.run import stopping
from press.management import arguments
from press.models import RunStatus
from press.running import AlreadyRunning

PAUSED = 130


class Command(BaseCommand):
    help = (
        "Undoes one import: deletes what it created, restores what it updated, keeps what was touched"
        " since. Without --apply it only tells what it would do. Exit codes: 0 done, 1 could not run,"
        " 2 wrong arguments, 4 an import is running, 130 stopped: the same command goes on."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "run", type=arguments.run, metavar="RUN", help="its number, its UUID, or last"
        )
        parser.add_argument("--apply", action="store_true", help="do it")

    def handle(self, *, run, apply, verbosity, **options):
        if run.status == RunStatus.ROLLED_BACK:
            self.stdout.write(f"{run} is undone already.".capitalize())
        elif not apply:
            self.stdout.write("Dry run: nothing is written. Say --apply to do it.")

        def tell(undone):
            if undone.outcome == "kept" or verbosity > 1:
                why = f" ({undone.reason})" if undone.reason else ""
                self.stdout.write(f"{undone.outcome}: {printable(undone.item.path)}{why}")

        try:
            with stopping() as stop:
                counts = roll_back(run, apply=apply, tell=tell, stop=lambda: stop.is_asked)
        except AlreadyRunning as other:
            raise CommandError("An import is running.", returncode=4) from other
        except StillBusy as busy:
            raise CommandError(
                f"Others kept the database too long: {busy}. The same command goes on."
            ) from busy
        told = " + ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
        self.stdout.write(f"{sum(counts.values())} written by {run} = {told}")
        if run.status == RunStatus.ROLLING_BACK:
            self.stdout.write("Stopped: what is undone stays so, and the same command goes on.")
            sys.exit(PAUSED)
