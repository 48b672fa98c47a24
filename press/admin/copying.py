"""“Copy as new”: a draft like a release that is there, for titles that come back each year."""

from django.template.response import TemplateResponse

from structures.models import Structure

from ..desks import desk_for
from ..revisions import copied
from .history import opened
from .preview import found


def copy_view(model_admin, request, object_id):
    """Says what will be copied; when that is sent, makes the draft and leads to its form."""
    release = found(model_admin, request, object_id, model_admin.has_view_permission)
    desk = desk_for(request.user, release)
    if request.method == "POST":
        draft, lacks = copied(release, by=request.user, desk=desk)
        done = f"This is a new draft like release {release.pk}, which stays as it is."
        return opened(model_admin, request, draft, done, lacks)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "Copy as new",
        "release": release,
        "desk": Structure.objects.filter(pk=desk).first(),
    }
    return TemplateResponse(request, "admin/press/copy.html", context)
