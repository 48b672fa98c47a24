"""The files that a page names: images and documents, taken with its text or when they are there."""

from .attaching import attachment_from, documents_of
from .illustrating import image_from

REFUSED = {"picture_refused", "download_refused"}


def add_files(run, release, prepared, capture, messages):
    """{relation of release: [pk of each row that was added]}, without what has none.

    A file that cannot be taken is told in messages and does not stop the text.
    """
    if not run.takes_files:
        return {}
    record, added = prepared.record, {}
    for relation, named, make in [
        ("images", record.pictures, image_from),
        ("attachments", documents_of(record), attachment_from),
    ]:
        if not named:
            continue
        rows = getattr(release, relation)
        present = set(rows.values_list("legacy_name", flat=True))
        new = [
            row
            for position, each in enumerate(named)
            if each.src[:300] not in present
            and (row := make(each, position, capture.folder, messages))
        ]
        for row in new:
            row.release = release
            if not run.is_dry:  # no transaction takes a file back
                row.save()
        if new:
            added[relation] = [row.pk for row in new]
    return added


def lacks_files(run, prepared, messages):
    """Whether a later run should look for files of this record again."""
    names_files = bool(prepared.record.pictures or documents_of(prepared.record))
    return (names_files and not run.takes_files) or any(each.code in REFUSED for each in messages)
