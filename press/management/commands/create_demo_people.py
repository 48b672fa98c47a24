import secrets

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from structures.models import Role

PEOPLE = {"editor": Role.EDITOR, "publisher": Role.PUBLISHER}  # both at the central desk


class Command(BaseCommand):
    help = "Creates an editor and a publisher with random passwords, for trying the site out."

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEBUG:
            raise CommandError("Demo people are for development only: DEBUG is off.")
        for name, role in PEOPLE.items():
            if User.objects.filter(username=name).exists():
                self.stdout.write(f"{name}: already there")
                continue
            password = secrets.token_urlsafe(12)
            person = User.objects.create_user(name, password=password, is_staff=True)
            person.desk_memberships.create(role=role)
            person.groups.add(Group.objects.get(name="Taxonomists"))
            self.stdout.write(f"{name}: password {password}")
