"""What readers are given instead of a picture as it was uploaded: smaller, in newer formats, or cut out.

Files beside the original. A row names those of them that are there, so that a page asks no disk; until they
are made the page shows the original. manage.py make_renditions makes them, never a request.
"""

import os
import re
from pathlib import Path

from PIL import Image

from .decoding import encoded, read

WIDTHS = [400, 800, 1200, 1600]
FORMATS = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
CROP = 1200, 630  # what other sites show of a link
LEAST = 600, 315  # below, they are given the picture as it is
NAME = re.compile(r"(?:(?P<width>\d+)|crop-\d+-\d+)\.(?P<suffix>\w+)")


def names_of(image, suffix):
    """The names of all renditions of a ReleaseImage; suffix is of those that every browser knows."""
    widest = min(image.width, WIDTHS[-1])
    widths = [*(width for width in WIDTHS if width < widest), widest]
    names = [f"{width}.{each}" for width in widths for each in ("avif", "webp", suffix)]
    if image.width >= LEAST[0] and image.height >= LEAST[1]:
        names.append(f"crop-{image.focal_x}-{image.focal_y}.jpg")
    return names


def is_complete(image):
    return any(set(names_of(image, each)) <= set(image.renditions) for each in ("jpg", "png"))


def path_of(name, rendition):
    """Where the storage has a rendition of the file with that name."""
    stem, _, _ = name.rpartition(".")
    return f"{stem}-{rendition}"


def make(image):
    """Make what a ReleaseImage lacks, and say so in its row, unless that has another file by now.

    Raises FileNotFoundError, and Unreadable for a file that is no picture.
    """
    with image.file.storage.open(image.file.name) as file:
        picture, _ = read(file)
    names = names_of(image, "png" if picture.mode == "RGBA" else "jpg")
    for name in names:
        if name not in image.renditions:
            place = image.file.storage.path(path_of(image.file.name, name))
            write(place, rendered(picture, name, (image.focal_x, image.focal_y)))
    same = type(image).objects.filter(pk=image.pk, file=image.file.name)
    same.update(renditions=names)


def rendered(picture, name, focus):
    """The bytes of one rendition."""
    kind = NAME.fullmatch(name)
    if kind["width"]:
        width = int(kind["width"])
        size = width, max(1, round(picture.height * width / picture.width))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    else:
        picture = cut(picture, focus)
    return encoded(
        on_white(picture) if kind["suffix"] == "jpg" else picture, FORMATS[kind["suffix"]]
    )


def cut(picture, focus):
    box = crop_box(picture.size, focus)
    size = min(CROP[0], round(box[2] - box[0])), min(CROP[1], round(box[3] - box[1]))
    return picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3)


def crop_box(size, focus):
    """The largest box of the shape of CROP in a picture of that size, as near around focus as it goes.

    focus is in per cent from the left and from the top. static/admin-focal.js draws the same box.
    """
    width = min(size[0], size[1] * CROP[0] / CROP[1])
    height = width * CROP[1] / CROP[0]
    left, top = (
        min(max(whole * percent / 100 - part / 2, 0), whole - part)
        for whole, percent, part in zip(size, focus, (width, height), strict=True)
    )
    return left, top, left + width, top + height


def on_white(picture):
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    return paper


def write(place, data):
    """At once: another row may show the file that was there."""
    part = Path(f"{place}.part")
    part.write_bytes(data)
    part.chmod(0o640)
    os.replace(part, place)
