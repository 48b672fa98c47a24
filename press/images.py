"""Which images may be shown: told by their content, whatever their name says."""

import secrets
import warnings

from django.core.exceptions import ValidationError
from PIL import Image

FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
MOST_PIXELS = 50_000_000


def format_of(file):
    """The format of an open file or a path; None for what cannot be shown, or is too large to open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=list(FORMATS)) as image:
                if image.width * image.height > MOST_PIXELS:
                    return None
                image.load()
                return image.format
    except Exception:
        # Each decoder has its own ways to fail on broken bytes; none of them makes an image.
        return None
    finally:
        if hasattr(file, "seek"):
            file.seek(0)


def validate_image(file):
    if format_of(file.open()) is None:
        raise ValidationError(
            "This is not a JPEG, PNG or WebP image of up to 50 million pixels that can be read."
        )


def random_name(image, filename):
    """A name that cannot be guessed, with nothing in it of a hostile file name."""
    suffix = FORMATS.get(format_of(image.file.open()), "")
    return f"releases/{secrets.token_urlsafe(16)}{suffix}"
