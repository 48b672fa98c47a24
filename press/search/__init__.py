"""Words: which releases hold them."""

from osce_cms.text import fold

from ..models import PressRelease

MOST_WORDS = 10  # the longest ones; each is looked for in every text


def match(query):
    """The ids of the releases that hold every word of query, as a queryset; None when it has no words."""
    words = sorted(set(fold(query).split()), key=len, reverse=True)
    # A word that is a part of another asks for nothing more.
    words = [
        word for n, word in enumerate(words) if not any(word in longer for longer in words[:n])
    ]
    if not words:
        return None
    words = words[:MOST_WORDS]
    return PressRelease.objects.containing(words).order_by().values("pk")
