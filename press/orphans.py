"""Files that nothing names any more: their row was deleted or has another file, or an upload broke off."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from .models import Attachment, ReleaseImage
from .renditions import path_of

FOLDERS = ["releases", "attachments"]
AGE = timedelta(days=1)  # an upload lies here before its row does
MANY = 50


class TooMany(Exception):
    """Most files are named by no row: rather the database is another one."""


def find(*, refuses_many=True):
    """The paths of all orphans that are old enough. Raises TooMany."""
    root, limit = Path(settings.MEDIA_ROOT), (timezone.now() - AGE).timestamp()
    # First the files: what is stored while the rows are read is not among them.
    old = [
        path
        for folder in FOLDERS
        for path in (root / folder).glob("*")
        if path.is_file() and path.stat().st_mtime < limit
    ]
    known = set(named())
    orphans = [path for path in old if path.relative_to(root).as_posix() not in known]
    if refuses_many and len(orphans) > max(MANY, len(old) / 2):
        raise TooMany(f"{len(orphans)} of {len(old)} files are named by no row of this database.")
    return orphans


def named():
    """The names of all files that rows name."""
    for name, renditions in ReleaseImage.objects.values_list("file", "renditions").iterator():
        yield name
        for each in renditions:
            yield path_of(name, each)
    yield from Attachment.objects.values_list("file", flat=True).iterator()
