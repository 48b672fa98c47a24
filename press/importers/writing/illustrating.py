"""The images that a page names, beside the release that was made of it."""

from ...models import ReleaseImage
from ..messages import message
from .pictures import as_file


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
