"""Images that a page names, taken from where the page is and only when they are images."""

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from ...images import cleaned
from ..messages import NotARelease


def as_file(src, folder):
    """(CleanImage, None), or (None, why not). folder: anything with open_file(src), see sources.beside."""
    try:
        data = folder.open_file(src)
    except NotARelease as reason:
        return None, str(reason)
    try:
        return cleaned(ContentFile(data)), None
    except ValidationError as refused:
        return None, " ".join(refused.messages)
