"""Pictures that were stored before uploads were made anew: with what cameras wrote beside the pixels."""

import os

from django.core.files.storage import default_storage
from django.db import transaction

from .decoding import is_clean
from .images import made_anew, random_name
from .models import PressRelease, ReleaseImage
from .revisions import record


def names():
    """Of all originals. One file can hang on a release and on its correction."""
    return list(ReleaseImage.objects.order_by("file").values_list("file", flat=True).distinct())


def is_stored_clean(name):
    """Raises FileNotFoundError, and Unreadable for what is no picture."""
    with default_storage.open(name) as file:
        return is_clean(file)


def store_anew(name):
    """Give all images with that file a clean one. Raises ValidationError for what cannot be read.

    The former file belongs to nothing then; it is removed after a day, like all such.
    """
    with default_storage.open(name) as file:
        clean = made_anew(file.read())
    path = default_storage.save(random_name(None, clean.name), clean)
    # From today on, so that it is there as long as a backup of the database may name it.
    os.utime(default_storage.path(name))
    with transaction.atomic():
        images = ReleaseImage.objects.filter(file=name)
        releases = list(PressRelease.objects.filter(images__in=images).distinct())
        images.update(file=path, width=clean.width, height=clean.height, renditions=[])
        for release in releases:
            record(release, by=None)
