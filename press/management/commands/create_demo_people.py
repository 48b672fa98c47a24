import secrets

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

# What each group may do, by app; publishers may also do what editors may.
EDITOR = {
    "press": ["add_pressrelease", "change_pressrelease", "view_pressrelease", "delete_pressrelease"]
    + [f"{verb}_releaseimage" for verb in ("add", "change", "view", "delete")]
    + ["view_releaselog"],
    "pages": ["change_page", "view_page"],
    "taxonomy": [
        f"{verb}_{model}"
        for verb in ("add", "change", "view")
        for model in ("fieldofwork", "meeting", "country")
    ]
    + [
        f"{verb}_{model}name"
        for verb in ("add", "change", "view", "delete")
        for model in ("fieldofwork", "meeting", "country")
    ]
    + ["view_chairpersonship"],
    "structures": [f"{verb}_structure" for verb in ("add", "change", "view")]
    + [f"{verb}_structurename" for verb in ("add", "change", "view", "delete")],
}
PUBLISHER = {"press": ["publish_pressrelease", "withdraw_pressrelease"]}


class Command(BaseCommand):
    help = "Creates an editor and a publisher with random passwords, for trying the site out."

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEBUG:
            raise CommandError("Demo people are for development only: DEBUG is off.")
        editors = group("Editors", EDITOR)
        publishers = group("Publishers", PUBLISHER)
        self.create("editor", [editors])
        self.create("publisher", [editors, publishers])

    def create(self, name, groups):
        if User.objects.filter(username=name).exists():
            self.stdout.write(f"{name}: already there")
            return
        password = secrets.token_urlsafe(12)
        User.objects.create_user(name, password=password, is_staff=True).groups.set(groups)
        self.stdout.write(f"{name}: password {password}")


def group(name, permissions):
    found, created = Group.objects.get_or_create(name=name)
    if created:
        for app, codenames in permissions.items():
            found.permissions.add(
                *Permission.objects.filter(content_type__app_label=app, codename__in=codenames)
            )
    return found
