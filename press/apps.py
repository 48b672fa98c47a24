from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PressConfig(AppConfig):
    name = "press"

    def ready(self):
        from osce_cms.groups import create_groups

        # The last app of ours: the permissions of all others exist by then.
        post_migrate.connect(create_groups, sender=self)
        post_migrate.connect(install_schema, sender=self)


def install_schema(using, **kwargs):
    from taxonomy.models import ContentVersion

    from . import search
    from .schema import install

    install(connections[using])
    search.schema.install(connections[using])
    search.rebuild.fill(using)
    # What was restored or migrated is not what anybody keeps in memory.
    ContentVersion.begin_epoch()
