from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PressConfig(AppConfig):
    name = "press"

    def ready(self):
        from osce_cms.groups import create_groups

        # The last app of ours: the permissions of all others exist by then.
        post_migrate.connect(create_groups, sender=self)
