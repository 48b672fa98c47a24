"""The files of a release, for those who may read it. None has an address at which a web server finds it."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from .models import PressRelease, ReleaseImage
from .renditions import path_of

# Of what we store, whatever else a machine may know.
TYPES = {
    "avif": "image/avif",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}


@require_safe
def image(request, pk, image, rendition=""):
    public = PressRelease.objects.public(timezone.now()).filter(pk=pk)
    found = get_object_or_404(ReleaseImage, pk=image, release__in=public)
    response = image_file(found, rendition)
    response["Cache-Control"] = "public, max-age=300"
    return response


def image_file(image, rendition=""):
    name = image.file.name
    if rendition:
        if rendition not in image.renditions:
            raise Http404
        name = path_of(name, rendition)
    return sent(image.file.storage, name)


def sent(storage, name, **options):
    try:
        file = storage.open(name)
    except FileNotFoundError as missing:
        raise Http404 from missing
    _, _, suffix = name.rpartition(".")
    content_type = TYPES.get(suffix, "application/octet-stream")
    response = FileResponse(file, content_type=content_type, **options)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
