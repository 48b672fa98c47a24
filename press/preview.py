"""A release that is not public, as it will be: for editors in the admin, for others by a shared link."""

from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from .files import attachment_file, image_file
from .models import PreviewLink
from .querysets import ON_PAGE
from .views import on_page


def kept_private(response):
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"  # the address of a shared preview is its key
    return response


def preview(request, release, *, image_address, attachment_address, **context):
    """The public page of release, marked; the two functions say where this preview has its files."""
    at = timezone.now()
    prefetch_related_objects([release], *ON_PAGE)
    for image in release.images.all():
        image.preview_address = image_address(image)
    for attachment in release.attachments.all():
        attachment.preview_address = attachment_address(attachment)
        public = attachment.get_absolute_url()  # where the text leads, once it is published
        release.body = release.body.replace(
            f'href="{public}', f'href="{attachment.preview_address}'
        )
    # As if it were published now, or for what it corrects when that was; it is not saved.
    dated = release.corrects or release
    context["has_date"] = bool(dated.published_at)
    release.published_at, release.precision = dated.published_at or at, dated.precision
    context["is_ahead"] = release.published_at > at
    context |= on_page(release, at)
    return kept_private(render(request, "press/preview.html", context))


def preview_image(release, pk, rendition=""):
    return kept_private(image_file(get_object_or_404(release.images, pk=pk), rendition))


def preview_attachment(release, pk):
    return kept_private(attachment_file(get_object_or_404(release.attachments, pk=pk)))


@require_safe
def shared(request, token):
    link = link_of(token)
    if link is None:
        return over(request)
    return preview(
        request,
        link.release,
        image_address=lambda image: reverse("preview-image", args=[token, image.pk]),
        attachment_address=lambda each: reverse(
            "preview-attachment", args=[token, each.pk, each.file_name]
        ),
        link=link,
    )


@require_safe
def shared_image(request, token, image, rendition=""):
    return shared_file(request, token, lambda release: preview_image(release, image, rendition))


@require_safe
def shared_attachment(request, token, attachment, name):
    return shared_file(request, token, lambda release: preview_attachment(release, attachment))


def shared_file(request, token, file_in):
    link = link_of(token)
    if link is None:
        return over(request)
    try:
        return file_in(link.release)
    except Http404:
        return over(request)


def link_of(token):
    """The living link of a release that is not public yet, or None.

    It lives no longer than the right of the person who made it.
    """
    at = timezone.now()
    # By its hash: how long a lookup takes tells nothing about the token.
    living = PreviewLink.objects.living(at).select_related("release", "created_by")
    link = living.filter(token_hash=PreviewLink.hash_of(token)).first()
    if link is None or link.release.is_public(at):
        return None
    return link if link.created_by.has_perm("press.change_pressrelease", link.release) else None


def over(request):
    """One answer for whatever is no living link: it does not say which of them ever was."""
    return kept_private(render(request, "press/preview_over.html", status=404))
