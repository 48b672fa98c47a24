from django.core.management.base import BaseCommand

from structures.seed import load_taxonomy


class Command(BaseCommand):
    help = (
        "Creates the terms of the four trees (fields of work, meetings, countries, structures) that "
        "are missing, by code. It never changes a term that is there."
    )

    def handle(self, *args, **options):
        for model, outcome in load_taxonomy().items():
            self.stdout.write(
                f"{model._meta.verbose_name_plural}: "
                f"{outcome['created']} created, {outcome['present']} already there"
            )
