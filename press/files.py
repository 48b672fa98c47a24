"""The files of a release, for those who may read it. None has an address at which a web server finds it."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from .models import Attachment, PressRelease, ReleaseImage
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
    content_type = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return sent(image.file.storage, name, content_type)


@require_safe
def attachment(request, pk, attachment, name):
    public = PressRelease.objects.public(timezone.now()).filter(pk=pk)
    found = get_object_or_404(Attachment, pk=attachment, release__in=public)
    if name != found.file_name:
        # For now: its title may become what it was.
        response = redirect(found)
        response["Cache-Control"] = "no-store"
        return response
    response = attachment_file(found)
    response["Cache-Control"] = "public, max-age=300"
    return response


def attachment_file(attachment):
    """Never shown in a page of ours: a PDF or a text can hold what acts."""
    return sent(
        attachment.file.storage,
        attachment.file.name,
        attachment.content_type,
        as_attachment=True,
        filename=attachment.file_name,
    )


def sent(storage, name, content_type, **options):
    try:
        file = storage.open(name)
    except FileNotFoundError as missing:
        raise Http404 from missing
    response = FileResponse(file, content_type=content_type, **options)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
