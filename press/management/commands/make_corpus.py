import argparse
import sys
import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone
from tqdm import tqdm

from press.corpus.making import Refused, make_corpus

STOPPED = 130


def positive(text):
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 1 on")
    return int(text)


def day(text):
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"“{text}” is not a date such as 2026-11-24") from error
    if not 1996 <= found.year <= 2099:
        raise argparse.ArgumentTypeError("choose a year from 1996 to 2099")
    return found


class Command(BaseCommand):
    help = (
        "Adds synthetic releases, marked as sample content on every page: texts of made-up words, terms"
        " of all four trees, translations, some of them scheduled, withdrawn or drafts. It only adds:"
        " the same seed, number and day a second time add the same texts and links again. It adds all or,"
        " when it is stopped, nothing. Exit codes: 0 all well, 1 could not run, 2 wrong arguments,"
        " 130 stopped."
    )

    def add_arguments(self, parser):
        parser.add_argument("--releases", type=positive, required=True, metavar="N")
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument(
            "--until",
            type=day,
            metavar="DAY",
            help="the last day of the archive, today by default; a few are scheduled for the days after it",
        )
        parser.add_argument(
            "--among-real-releases",
            action="store_true",
            help="also where there are releases that are not sample content",
        )

    def handle(self, *, releases, seed, until, among_real_releases, **options):
        started = time.monotonic()
        with tqdm(
            total=releases, unit=" releases", disable=None, leave=False, file=sys.stderr
        ) as bar:
            try:
                make_corpus(
                    releases=releases,
                    seed=seed,
                    until=until or timezone.localdate(),
                    among_real=among_real_releases,
                    progress=bar.update,
                )
            except Refused as refused:
                raise CommandError(refused) from refused
            except Error as error:
                raise CommandError(f"The database refused: {error}") from error
            except KeyboardInterrupt as stopped:
                raise CommandError("Stopped: nothing was added.", returncode=STOPPED) from stopped
        self.stdout.write(f"{releases} releases added in {time.monotonic() - started:.0f} s")
