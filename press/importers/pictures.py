"""Images beside a page, taken only from its own folder and only when they are images."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.files.base import ContentFile

from ..images import FORMATS, format_of

LARGEST = 20_000_000  # bytes


def as_file(src, folder):
    """(ContentFile, None), or (None, why not). Nothing is fetched from the network."""
    try:
        parts = urlsplit(src)
        if parts.scheme or parts.netloc:
            return None, "not beside the page; images are not fetched from the network"
        path = (Path(folder) / unquote(parts.path)).resolve()
        if not path.is_relative_to(Path(folder).resolve()):
            return None, "outside the folder of the page"
        if not path.is_file():
            return None, "no such file"
        if path.stat().st_size > LARGEST:
            return None, f"larger than {LARGEST // 1_000_000} MB"
        data = path.read_bytes()
    except (OSError, ValueError):  # a name too long, with NUL, or half an address
        return None, "not a file that can be read"
    kind = format_of(path)
    if not kind:
        return None, "not a JPEG, PNG or WebP image"
    return ContentFile(data, name=f"image{FORMATS[kind]}"), None
