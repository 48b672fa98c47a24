from .models import PressRelease


def sample(request):
    """Whether the site holds sample content, asked for only by templates that print it."""
    return {"site_has_sample": PressRelease.objects.filter(is_sample=True).exists}
