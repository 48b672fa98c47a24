"""The preview of a release for those who may see it here, and its links for those who may not."""

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from .. import preview
from ..models import PreviewLink
from ..workflow import TransitionNotAllowed


def found(model_admin, request, object_id, is_allowed):
    release = model_admin.find(request, unquote(object_id))
    if release is None:
        raise Http404
    if not is_allowed(request, release):
        raise PermissionDenied
    return release


def preview_view(model_admin, request, object_id):
    release = found(model_admin, request, object_id, model_admin.has_view_permission)
    if release.is_public(timezone.now()):
        return redirect(release)

    return preview.preview(
        request,
        release,
        image_address=image_address,
        attachment_address=attachment_address,
        stage=release.stage,
        back=reverse("admin:press_pressrelease_change", args=[release.pk]),
    )


def image_address(image):
    return reverse("admin:press_pressrelease_preview_image", args=[image.release_id, image.pk])


def attachment_address(attachment):
    return reverse(
        "admin:press_pressrelease_preview_attachment",
        args=[attachment.release_id, attachment.pk, attachment.file_name],
    )


def image_view(model_admin, request, object_id, image, rendition=""):
    release = found(model_admin, request, object_id, model_admin.has_view_permission)
    return preview.preview_image(release, image, rendition)


def attachment_view(model_admin, request, object_id, attachment, name):
    release = found(model_admin, request, object_id, model_admin.has_view_permission)
    return preview.preview_attachment(release, attachment)


def links_view(model_admin, request, object_id):
    """The living links of a release; a new one is shown in full here and never again."""
    release = found(model_admin, request, object_id, model_admin.may_share)
    here = reverse("admin:press_pressrelease_preview_links", args=[release.pk])
    shared = None
    if request.method == "POST" and "revoke" in request.POST:
        link = get_object_or_404(release.preview_links, pk=int(request.POST["revoke"]))
        done = link.revoke(by=request.user)
        said = f"The {link} is revoked." if done else f"The {link} had ended already."
        model_admin.message_user(request, said, messages.SUCCESS)
        return redirect(here)
    if request.method == "POST":
        try:
            shared, token = PreviewLink.share(release, by=request.user)
        except TransitionNotAllowed as refusal:
            model_admin.message_user(request, str(refusal), messages.WARNING)
            return redirect(here)
        # Shown by this answer, not in a message: those wait in a cookie or in the session.
        shared.address = request.build_absolute_uri(reverse("preview", args=[token]))
    now = timezone.now()
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "Share a preview",
        "release": release,
        "is_public": release.is_public(now),
        "shared": shared,
        "links": release.preview_links.living(now).select_related("created_by"),
        "days": PreviewLink.LIFETIME.days,
    }
    return TemplateResponse(request, "admin/press/preview_links.html", context)
