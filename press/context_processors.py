from django.utils import timezone

from .models import PressRelease


def sample(request):
    """Whether the site holds sample content, asked for only by templates that print it."""
    listed = PressRelease.objects.listed(timezone.now())
    return {"site_has_sample": listed.filter(is_sample=True).exists}
