"""The files that a page names: images and documents, taken with its text or when they are there."""

from functools import partial
from itertools import chain

from .attaching import LONGEST_NAME, attachment_from, documents_of, whole
from .illustrating import image_from

REFUSED = {"picture_refused", "download_refused"}


def add_files(run, release, prepared, capture, messages):
    """{relation of release: [pk of each row that was added]}, without what has none.

    A file that cannot be taken is told in messages and does not stop the text.
    """
    if not run.takes_files:
        return {}
    record, added = prepared.record, {}
    as_document = partial(whole, url=record.values["legacy_url"])
    for relation, named, make, known_as in [
        ("images", record.pictures, image_from, str),
        ("attachments", documents_of(record), attachment_from, as_document),
    ]:
        if not named:
            continue
        rows = getattr(release, relation)
        present = map(known_as, rows.values_list("legacy_name", flat=True))
        new = new_rows(named, set(present), known_as, make, capture.folder, messages)
        for row in new:
            row.release = release
            if not run.is_dry:  # no transaction takes a file back
                row.save()
        if new:
            added[relation] = [row.pk for row in new]
    return added


def new_rows(named, present, known_as, make, folder, messages):
    """Unsaved rows of what is named and not present, each once, whichever of its names leads to a file."""
    rows, refused = [], {}
    for position, each in enumerate(named):
        name, told = known_as(each.src[:LONGEST_NAME]), []
        if name in present:
            continue
        row = make(each, position, folder, told)
        if row:
            rows.append(row)
            present.add(name)
            messages += told
        refused.setdefault(name, told)
    messages += chain.from_iterable(told for name, told in refused.items() if name not in present)
    return rows


def lacks_files(run, prepared, messages):
    """Whether a later run should look for files of this record again."""
    names_files = bool(prepared.record.pictures or documents_of(prepared.record))
    return (names_files and not run.takes_files) or any(each.code in REFUSED for each in messages)
