import argparse
import random
import sys

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from tqdm import tqdm

from press import schema
from press.facets.check import differences
from press.models import PressRelease
from press.search import schema as search_schema
from taxonomy import schema as tree_schema


def natural(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 on")
    return int(text)


class Command(BaseCommand):
    help = (
        "Asks the index and the tables the same random questions, and looks whether the database"
        " notes what changes. Names each difference. Exit codes: 0 none, 1 some, or could not run,"
        " 2 wrong arguments, 130 stopped."
    )

    def add_arguments(self, parser):
        parser.add_argument("--rounds", type=natural, default=20, help="how many questions (20)")
        parser.add_argument("--seed", type=int, help="to ask the questions of an earlier run again")

    def handle(self, *, rounds, seed, **options):
        seed = random.randrange(10**6) if seed is None else seed  # noqa: S311
        try:
            found = [*self.missing(), *self.differences(rounds, seed)]
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as expected: {error}") from error
        for line in found:
            self.stderr.write(line)
        if found:
            self.stderr.write(f"{len(found)} differences; seed {seed}.")
            sys.exit(1)
        self.stdout.write(f"{rounds} questions, no difference; seed {seed}.")

    def missing(self):
        statements = [
            *tree_schema.missing(connection, apps.get_models()),
            *schema.missing(connection),
            *search_schema.missing(connection),
        ]
        found = [f"missing in the database: {statement}" for statement in statements]
        if without := PressRelease.objects.filter(search_text=None).count():
            found.append(f"{without} releases are found by no word: run rebuild_search")
        return found

    def differences(self, rounds, seed):
        bar = tqdm(
            differences(rounds, seed), total=rounds, disable=None, leave=False, file=sys.stderr
        )
        return [line for line in bar if line]
