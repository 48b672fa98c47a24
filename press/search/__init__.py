"""Words: which releases hold them."""

from osce_cms.text import fold

from ..models import PressRelease


def match(query):
    """The ids of the releases that hold every word of query, as a queryset; None when it has no words."""
    words = fold(query).split()
    if not words:
        return None
    return PressRelease.objects.containing(words).order_by().values("pk")
