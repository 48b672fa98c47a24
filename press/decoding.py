"""Pictures as they are stored: made anew from what was uploaded, so that nothing else of it is kept.

Told by their content, whatever their name says. Upright, in sRGB, not longer than they are ever shown, and
without what cameras and programs write beside the pixels: places, names, profiles, comments, scripts.

A program of its own, which images.py starts for each picture: a decoder that crashes, loops or eats memory
on hostile bytes ends with it, and never sees our settings. So nothing of ours is imported here.
"""

import io
import resource
import sys

from PIL import Image, ImageCms, ImageOps, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
# Pillow imports others when it first needs them; then no file can be opened any more.
IMPORTED = [Image.preinit(), MpoImagePlugin, WebPImagePlugin]
OPTIONS = {
    "JPEG": {"quality": 90, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": 90},
    "AVIF": {"quality": 60, "speed": 7},
}
MOST_PIXELS = 50_000_000  # of an upload; known before anything of it is decoded
LONGEST = 4000  # pixels of the longer side, as stored
TECHNICAL = {  # what Pillow tells of files that we wrote
    *("jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"),
    *("loop", "duration", "background", "timestamp"),
}
SRGB = ImageCms.createProfile("sRGB")
# Pillow refuses PNG files with more than 1 MB of profile; printers make such.
PngImagePlugin.MAX_TEXT_CHUNK = 8 * 2**20

SECONDS = 20  # of one processor
MEMORY = 1536 * 2**20
LARGEST = 200 * 2**20  # bytes of what is written
IS_NO_PICTURE = 3  # our exit code; all others mean that something broke


class Unreadable(ValueError):
    """What is no picture that can be shown."""


def main():
    """From bytes on stdin to a line (format, width, height) and a picture on stdout."""
    seconds, memory = (int(limit) for limit in sys.argv[1:])
    confine(seconds, memory)
    try:
        image, kind = shortened(sys.stdin.buffer)
    except Unreadable:
        sys.exit(IS_NO_PICTURE)
    data = encoded(image, kind)
    sys.stdout.buffer.write(f"{kind} {image.width} {image.height}\n".encode())
    sys.stdout.buffer.write(data)


def confine(seconds, memory):
    """Take from this process, for good, what a decoder does not need."""
    limits = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: LARGEST,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    if sys.platform != "darwin":  # where it is refused: more than that is mapped from the beginning
        limits[resource.RLIMIT_AS] = memory
    for what, most in limits.items():
        _, allowed = resource.getrlimit(what)
        if allowed != resource.RLIM_INFINITY:  # a limit cannot be raised
            most = min(most, allowed)
        resource.setrlimit(what, (most, most))


def shortened(file):
    """(the picture in a file, not longer than it is ever shown; its format). Raises Unreadable."""
    image, kind = read(io.BytesIO(file.read()))
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return image, kind


def read(file):
    """(the picture in an open file, upright and in sRGB, RGB or RGBA; its format). Raises Unreadable."""
    try:
        with Image.open(file, formats=list(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unreadable
            # Cameras put a second picture into a JPEG file, which is called MPO then.
            kind = "JPEG" if image.format == "MPO" else image.format
            image.load()
            return plain(ImageOps.exif_transpose(image)), kind
    except Exception as broken:
        # Each decoder has its own ways to fail on broken bytes; none of them makes an image.
        raise Unreadable from broken


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


def is_clean(file):
    """Whether an open file holds a picture as we store it, and nothing beside. Raises Unreadable."""
    try:
        with Image.open(file, formats=list(FORMATS)) as image:
            image.load()  # some of it may stand behind the pixels
            beside = set(image.info) - TECHNICAL
            segments = {name for name, _ in getattr(image, "applist", [])} - {"APP0"}
            is_ours = image.format in FORMATS and max(image.size) <= LONGEST
    except Exception as broken:
        raise Unreadable from broken
    return is_ours and not beside and not segments


def encoded(image, kind):
    data = io.BytesIO()
    image.save(data, kind, **OPTIONS[kind])
    return data.getvalue()


if __name__ == "__main__":
    main()
