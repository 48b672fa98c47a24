"""Images beside a page, taken only from its own folder and only when they are images."""

import warnings
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.files.base import ContentFile
from PIL import Image

LARGEST = 20_000_000  # bytes
FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


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
    kind = image_format(path)
    if not kind:
        return None, "not a JPEG, PNG or WebP image"
    return ContentFile(data, name=f"image{FORMATS[kind]}"), None


def image_format(path):
    """The format by content, whatever the name says; None for anything that cannot be shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=list(FORMATS)) as image:
                image.load()
                return image.format
    except Exception:
        # Each decoder has its own ways to fail on broken bytes; none of them makes an image.
        return None
