import sys

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from tqdm import tqdm

from osce_cms.text import printable
from press import images, originals, orphans
from press.decoding import Unreadable
from press.models import ReleaseImage
from press.renditions import is_complete, make
from press.running import AlreadyRunning, one_at_a_time

FINISHED_WITH_FAILURES = 3
ANOTHER_RUNS = 4
UNREADABLE = (FileNotFoundError, Unreadable, ValidationError)


class Command(BaseCommand):
    help = (
        "Makes the smaller pictures, in newer formats, that readers are given instead of the originals,"
        " and removes files that have belonged to nothing for a day. For every minute: until they are"
        " made, pages show the originals. Exit codes: 0 all well, 1 could not run, 2 wrong arguments,"
        " 3 some pictures could not be read, 4 another one is running."
    )
    requires_system_checks = []  # it is started every minute

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="write nothing, say what is due")
        parser.add_argument(
            "--remove-many",
            action="store_true",
            help="remove files also when most of them belong to nothing",
        )

        parser.add_argument(
            "--clean-originals",
            action="store_true",
            help="first store those pictures anew that hold more than a picture, such as the place where"
            " it was taken: from before that was removed from every upload",
        )

    def handle(self, *, dry_run, remove_many, clean_originals, verbosity, **options):
        try:
            with one_at_a_time("renditions"):
                failed = self.clean(dry_run) if clean_originals else 0
                failed += self.make(dry_run, verbosity)
                self.clear(dry_run, remove_many, verbosity)
        except AlreadyRunning as other:
            raise CommandError("Another one is running.", returncode=ANOTHER_RUNS) from other
        except orphans.TooMany as many:
            raise CommandError(
                f"{many} Is it the right one? Nothing was removed; --remove-many removes them."
            ) from many
        except (Error, OSError) as error:
            raise CommandError(f"Could not run: {printable(str(error))}") from error
        if failed:
            sys.exit(FINISHED_WITH_FAILURES)

    def clean(self, dry_run):
        """How many originals could not be read."""
        stored = originals.names()
        cleaned = failed = 0
        for name in tqdm(stored, unit="picture", disable=None, leave=False, file=sys.stderr):
            try:
                if originals.is_stored_clean(name):
                    continue
                if not dry_run:
                    originals.store_anew(name)
                cleaned += 1
                self.stdout.write(f"{name}: {'would be ' if dry_run else ''}stored anew.")
            except UNREADABLE as problem:
                failed += 1
                self.stderr.write(printable(f"{name}: {' '.join(reasons(problem))}"))
        self.stdout.write(f"Originals: {cleaned} of {len(stored)} held more than a picture.")
        return failed

    def make(self, dry_run, verbosity):
        """How many pictures could not be read."""
        newest_first = ReleaseImage.objects.order_by("-pk").iterator()
        due = [image for image in newest_first if not is_complete(image)]
        failed = 0
        for image in tqdm(due, unit="picture", disable=None, leave=False, file=sys.stderr):
            try:
                if not dry_run:
                    make(image)
            except UNREADABLE as problem:
                failed += 1
                what = f"Image {image.pk} of release {image.release_id}, {image.file.name}"
                self.stderr.write(printable(f"{what}: {' '.join(reasons(problem))}"))
        if verbosity and (due or verbosity > 1):
            said = f"{len(due)} due" if dry_run else f"{len(due) - failed} made, {failed} failed"
            self.stdout.write(f"Pictures: {said}.")
        return failed

    def clear(self, dry_run, remove_many, verbosity):
        found = orphans.find(refuses_many=not remove_many)
        for path in found:
            if not dry_run:
                path.unlink(missing_ok=True)
        if verbosity and (found or verbosity > 1):
            self.stdout.write(f"Files that belong to nothing: {len(found)}.")


def reasons(problem):
    if isinstance(problem, FileNotFoundError):
        return ["The file is missing."]
    return getattr(problem, "messages", [images.UNREADABLE])
