"""The images that a page names, beside the release that was made of it."""

from ..models import ReleaseImage
from .messages import message
from .pictures import as_file


def add_pictures(run, release, prepared, capture, messages):
    """[pk of each added image]: those that release has not yet, by their legacy names.

    A file that cannot be taken is told in messages and does not stop the text.
    """
    pictures = prepared.record.pictures if run.takes_files else []
    if not pictures:
        return []
    present = set(release.images.values_list("legacy_name", flat=True))
    added = []
    for position, picture in enumerate(pictures):
        if picture.src[:300] in present:
            continue
        image = image_from(picture, position, capture.folder, messages)
        if image and not run.is_dry:  # no transaction takes a file back
            image.release = release
            image.save()
        if image:
            added.append(image.pk)
    return added


def image_from(picture, position, folder, messages):
    """An unsaved ReleaseImage, or None with the reason among messages."""
    file, problem = as_file(picture.src, folder)
    if problem:
        messages.append(message("picture_refused", picture.src, reason=problem, field="images"))
        return None
    if not (alt := picture.alt or picture.caption):
        messages.append(message("picture_undescribed", picture.src, field="images"))
    return ReleaseImage(
        file=file,
        alt=alt[:300],
        is_decorative=not alt,
        caption=picture.caption[:500],
        position=position,
        legacy_name=picture.src[:300],
    )
