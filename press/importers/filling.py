"""The files that a page names: images and documents, taken with its text or when they are there."""

from .attaching import add_downloads
from .illustrating import add_pictures

REFUSED = {"picture_refused", "download_refused"}


def add_files(run, release, prepared, capture, messages):
    """{relation of release: [pk of each row that was added]}, without what has none."""
    added = {
        "images": add_pictures(run, release, prepared, capture, messages),
        "attachments": add_downloads(run, release, prepared, capture, messages),
    }
    return {relation: pks for relation, pks in added.items() if pks}


def lacks_files(run, prepared, messages):
    """Whether a later run should look for files of this record again."""
    names_files = bool(prepared.record.pictures or prepared.record.downloads)
    return (names_files and not run.takes_files) or any(each.code in REFUSED for each in messages)
