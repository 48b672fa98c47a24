from django.core.management.base import BaseCommand, CommandError

from structures.seed import load_taxonomy


class Command(BaseCommand):
    help = (
        "Creates the terms of the four trees (fields of work, meetings, countries, structures) that "
        "are missing, by code. It never changes a term that is there."
    )

    def handle(self, *args, **options):
        try:
            outcomes = load_taxonomy()
        except ValueError as broken:
            raise CommandError(f"{broken}. Run check_trees --repair first.") from broken
        for model, outcome in outcomes.items():
            self.stdout.write(
                f"{model._meta.verbose_name_plural}: "
                f"{outcome['created']} created, {outcome['present']} already there"
            )
