"""Pictures as they are stored: made anew from what was uploaded, so that nothing else of it is kept.

Told by their content, whatever their name says. Upright, in sRGB, not longer than they are ever shown, and
without what cameras and programs write beside the pixels: places, names, profiles, comments, scripts.
"""

import io
import secrets
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
OPTIONS = {
    "JPEG": {"quality": 90, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": 90},
    "AVIF": {"quality": 60, "speed": 7},
}
MOST_PIXELS = 50_000_000  # of an upload; known before anything of it is decoded
LONGEST = 4000  # pixels of the longer side, as stored
UNREADABLE = "This is not a JPEG, PNG or WebP image of up to 50 million pixels that can be read."
SRGB = ImageCms.createProfile("sRGB")
# Pillow refuses PNG files with more than 1 MB of profile; printers make such.
PngImagePlugin.MAX_TEXT_CHUNK = 8 * 2**20


class CleanImage(ContentFile):
    """A picture as it is stored, made of one that read() gave."""

    def __init__(self, image, kind):
        super().__init__(encoded(image, kind), name=f"image{FORMATS[kind]}")
        self.width, self.height = image.size


def cleaned(file):
    """The CleanImage of an upload. Raises ValidationError for what is no picture that can be shown."""
    if isinstance(file, CleanImage):
        return file
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"Larger than {settings.UPLOAD_MAX_MB} MB.")
    file.seek(0)
    image, kind = read(file)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return CleanImage(image, kind)


def read(file):
    """(the picture in an open file, upright and in sRGB, RGB or RGBA; its format)."""
    try:
        with Image.open(file, formats=list(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(UNREADABLE)
            # Cameras put a second picture into a JPEG file, which is called MPO then.
            kind = "JPEG" if image.format == "MPO" else image.format
            image.load()
            return plain(ImageOps.exif_transpose(image)), kind
    except ValidationError:
        raise
    except Exception as broken:
        # Each decoder has its own ways to fail on broken bytes; none of them makes an image.
        raise ValidationError(UNREADABLE) from broken


def plain(image):
    """image in sRGB, as RGB, or RGBA where something shines through, with nothing beside its pixels."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith(("I", "F")):  # 16 bits, which convert() would cut off
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in {"L", "CMYK"}:
        image = image.convert("RGB")
    image = in_srgb(image, profile).convert("RGBA" if image.mode == "RGBA" else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        image = image.convert("RGB")
    image.info = {}
    return image


def in_srgb(image, profile):
    """image with the colours that its profile gives it; as it is without a profile that fits."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return image


def encoded(image, kind):
    data = io.BytesIO()
    image.save(data, kind, **OPTIONS[kind])
    return data.getvalue()


def validate_image(file):
    """For what comes past the forms; what is stored already was looked at then."""
    if not file._committed:
        cleaned(file.file)


def random_name(image, filename):
    """A name that cannot be guessed, with nothing in it of a hostile file name."""
    return f"releases/{secrets.token_urlsafe(16)}{Path(filename).suffix}"
