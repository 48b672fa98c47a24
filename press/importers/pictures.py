"""Images beside a page, taken only from its own folder and only when they are images."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from ..images import cleaned


def as_file(src, folder):
    """(CleanImage, None), or (None, why not). Nothing is fetched from the network."""
    try:
        parts = urlsplit(src)
        if parts.scheme or parts.netloc:
            return None, "not beside the page; images are not fetched from the network"
        path = (Path(folder) / unquote(parts.path)).resolve()
        if not path.is_relative_to(Path(folder).resolve()):
            return None, "outside the folder of the page"
        if not path.is_file():
            return None, "no such file"
        if path.stat().st_size > settings.UPLOAD_MAX_BYTES:
            return None, f"larger than {settings.UPLOAD_MAX_MB} MB"
        data = path.read_bytes()
    except (OSError, ValueError):  # a name too long, with NUL, or half an address
        return None, "not a file that can be read"
    try:
        return cleaned(ContentFile(data)), None
    except ValidationError as refused:
        return None, " ".join(refused.messages)
