from django.core.management.commands import loaddata

from taxonomy.fixtures import renumber_now


class Command(loaddata.Command):
    def loaddata(self, fixture_labels):
        """As Django's, but trees get their numbers in the same transaction: it ends whole or not at all."""
        super().loaddata(fixture_labels)
        renumber_now(self.using)
