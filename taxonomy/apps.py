from django.apps import AppConfig, apps
from django.core import checks
from django.db import connections
from django.db.models.signals import post_migrate


class TaxonomyConfig(AppConfig):
    name = "taxonomy"

    def ready(self):
        from . import fixtures
        from .checks import check_tree_models

        checks.register(check_tree_models, checks.Tags.models)
        fixtures.watch()
        # All migrations have run by the time this is sent, those of other apps too.
        post_migrate.connect(install_schema, sender=self)


def install_schema(using, **kwargs):
    from .schema import install

    install(connections[using], apps.get_models())
