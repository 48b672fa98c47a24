from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import SignIn


class Command(BaseCommand):
    help = (
        "Removes what is on record about sign-ins for longer than 90 days. publish_due does it too."
    )
    requires_system_checks = []

    def handle(self, **options):
        SignIn.objects.outdated(timezone.now()).delete()
