import sys

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from taxonomy.integrity import repair, tree_models, violations
from taxonomy.schema import install, missing


class Command(BaseCommand):
    help = (
        "Computes every number of every tree again from the parents and names each difference, and"
        " what the database should watch over but does not. Exit code 1 on any."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--repair", action="store_true", help="mend what is wrong, then check again"
        )

    def handle(self, *, repair, **options):
        try:
            found = self.check()
            if found and repair:
                self.mend()
                self.stdout.write("Repaired. Checking again.")
                found = self.check()
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as expected: {error}") from error
        if found:
            sys.exit(1)
        self.stdout.write("All trees are whole.")

    def check(self):
        found = 0
        for model in tree_models():
            for violation in violations(model):
                self.stderr.write(f"{model._meta.label} {violation}")
                found += 1
        for statement in missing(connection, apps.get_models()):
            self.stderr.write(f"missing in the database: {statement}")
            found += 1
        return found

    def mend(self):
        for model in tree_models():
            if violations(model):
                repair(model)
        install(connection, apps.get_models())
