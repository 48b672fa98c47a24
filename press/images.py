"""Uploaded pictures, and what is stored instead of them: decoding.py says what that is, and makes it."""

import logging
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from osce_cms.scanning import scan

from . import decoding

UNREADABLE = "This is not a JPEG, PNG or WebP image of up to 50 million pixels that can be read."
PATIENCE = 30  # seconds for one picture, on a busy machine too
MADE = re.compile(rb"(JPEG|PNG|WEBP) ([1-9]\d{0,3}) ([1-9]\d{0,3})\n")

logger = logging.getLogger(__name__)


class CleanImage(ContentFile):
    """A picture as it is stored."""

    def __init__(self, data, kind, width, height):
        super().__init__(data, name=f"image{decoding.FORMATS[kind]}")
        self.width, self.height = width, height


def cleaned(file):
    """The CleanImage of an upload. Raises ValidationError for what is no picture that can be shown."""
    if isinstance(file, CleanImage):
        return file
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"Larger than {settings.UPLOAD_MAX_MB} MB.")
    scan(file)
    file.seek(0)
    return made_anew(file.read())


def made_anew(data):
    """The CleanImage of a picture as bytes. Raises ValidationError for what is none that can be shown."""
    made = decoded(data)
    # What comes from there is believed no further than that it is called a picture when it is sent.
    first = made and MADE.match(made)
    if not first:
        raise ValidationError(UNREADABLE)
    kind, width, height = first[1].decode(), int(first[2]), int(first[3])
    return CleanImage(made[first.end() :], kind, width, height)


def decoded(data, seconds=decoding.SECONDS, memory=decoding.MEMORY):
    """What decoding.py writes for data, which it reads in a process of its own; None if it does not.

    A process for each: it takes 40 ms longer than none, also in an import, and one picture cannot touch
    the next.
    """
    command = [sys.executable, "-I", decoding.__file__, str(seconds), str(memory)]
    with tempfile.TemporaryFile() as made:
        try:
            ended = subprocess.run(  # noqa: S603
                command,
                input=data,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=PATIENCE,
            ).returncode
        except subprocess.TimeoutExpired:
            ended = "no end"
        if ended == 0:
            made.seek(0)
            return made.read()
    if ended != decoding.IS_NO_PICTURE:
        logger.warning("A picture was refused since its decoder broke: %s.", ended)
    return None


def validate_image(file):
    """For what comes past the forms; what is stored already was looked at then."""
    if not file._committed:
        cleaned(file.file)


def random_name(image, filename):
    """A name that cannot be guessed, with nothing in it of a hostile file name."""
    return f"releases/{secrets.token_urlsafe(16)}{Path(filename).suffix}"
