"""The history of a release: what was done to it, what was changed in it, and a way back."""

from itertools import pairwise

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import IntegerField, Value
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from ..models import LINKS, PressRelease
from ..revisions import LABELS, changed, differences, draft_from, record

PER_PAGE = 100


def seen_by(model_admin, request, object_id):
    """The release for whoever may see it, or None when there is none."""
    release = model_admin.get_object(request, unquote(object_id))
    if release and not model_admin.has_view_or_change_permission(request, release):
        raise PermissionDenied
    return release


def history_view(model_admin, request, object_id):
    release = seen_by(model_admin, request, object_id)
    if release is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    pages = Paginator(marks(release), PER_PAGE)
    page = pages.get_page(request.GET.get(PAGE_VAR))
    return shown(
        model_admin,
        request,
        release,
        "history",
        title=f"History of “{release}”",
        entries=entries(release, list(page)),
        page=page,
        page_var=PAGE_VAR,
        can_restore=may_restore(model_admin, request, release),
        can_redact=model_admin.may(request, "redact", release),
    )


def shown(model_admin, request, release, template, **context):
    request.current_app = model_admin.admin_site.name
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "release": release,
        **context,
    }
    return TemplateResponse(request, f"admin/press/{template}.html", context)


def marks(release):
    """(time, whether it is a revision, pk) of all that happened, the newest first."""
    log, revisions = (
        rows.order_by()
        .annotate(is_revision=Value(number, output_field=IntegerField()))
        .values_list("at", "is_revision", "pk")
        for number, rows in enumerate([release.log, release.revisions])
    )
    return log.union(revisions, all=True).order_by("-at", "-is_revision", "-pk")


def entries(release, page):
    """What a page of marks shows."""
    log = release.log.select_related("by").in_bulk([pk for _, is_rev, pk in page if not is_rev])
    pks = [pk for _, is_revision, pk in page if is_revision]
    revisions = release.revisions.select_related("by").in_bulk(pks)
    before = predecessors(release, revisions)
    return [
        {"revision": revisions[pk], "what": in_words(revisions[pk], before[pk])}
        if is_revision
        else {"step": log[pk], "what": log[pk].action_in_words.capitalize()}
        for _, is_revision, pk in page
    ]


def predecessors(release, revisions):
    """{pk: the revision before it, or None} for some of its revisions."""
    before = dict(pairwise(release.revisions.values_list("pk", flat=True)))
    elsewhere = {before[pk] for pk in revisions if pk in before} - set(revisions)
    known = revisions | release.revisions.in_bulk(elsewhere)
    return {pk: known.get(before.get(pk)) for pk in revisions}


def in_words(revision, before):
    if before is None:
        return "First state recorded" if revision.by else "State before the first recorded change"
    names = ", ".join(LABELS[name] for name in changed(before.snapshot, revision.snapshot))
    return f"Changed: {names}" if revision.by else f"Found changed, outside of this form: {names}"


def difference_view(model_admin, request, object_id):
    """Of any two revisions, or of one and the one before it."""
    release = seen_by(model_admin, request, object_id)
    if release is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    chosen = [request.GET[name] for name in ("of", "and") if request.GET.get(name)]
    found = sorted(
        (get_object_or_404(release.revisions.select_related("by"), pk=int(pk)) for pk in chosen),
        key=lambda revision: revision.pk,
    )
    if not found:
        return HttpResponseRedirect(reverse("admin:press_pressrelease_history", args=[release.pk]))
    after = found[-1]
    earlier = release.revisions.select_related("by").filter(pk__lt=after.pk)
    before = found[0] if len(found) > 1 else earlier.first()
    return shown(
        model_admin,
        request,
        release,
        "difference",
        title=f"Changes in “{release}”",
        before=before,
        after=after,
        differences=differences(before.snapshot if before else {}, after.snapshot),
        can_restore=may_restore(model_admin, request, release),
    )


def may_restore(model_admin, request, release):
    # It writes a new release at the desk of this one, from what this person may read there.
    return model_admin.may(request, "add", release)


def restore_view(model_admin, request, object_id, revision):
    """A new draft from a revision; this release stays as it is."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    release = seen_by(model_admin, request, object_id)
    if release is None:
        return model_admin._get_obj_does_not_exist_redirect(request, model_admin.opts, object_id)
    if not may_restore(model_admin, request, release):
        raise PermissionDenied
    revision = get_object_or_404(release.revisions, pk=revision)
    draft, lacks = draft_from(revision, by=request.user)
    done = f"This is a new draft with what {revision} held. The release itself stays as it is."
    return opened(model_admin, request, draft, done, lacks)


def opened(model_admin, request, draft, done, lacks):
    """Lead to the form of a new draft, and say what it lacks."""
    model_admin.message_user(request, done, messages.SUCCESS)
    if lacks:
        model_admin.message_user(request, f"Not copied: {'; '.join(lacks)}.", messages.WARNING)
    return HttpResponseRedirect(reverse("admin:press_pressrelease_change", args=[draft.pk]))


# What the form of a release records, in its transaction.


def record_before(form):
    """Keep what the database holds and no revision says, before form overwrites it."""
    for release in touched_by(form):
        record(release, by=None)


def record_after(form, *, by):
    for release in touched_by(form):
        record(release, by=by)


def touched_by(form):
    """The release of form as stored, and its translations when their terms change with its own."""
    releases = PressRelease.objects.filter(pk=form.instance.pk)
    if set(LINKS) & set(form.changed_data):
        releases |= PressRelease.objects.filter(translation_of=form.instance.pk)
    return releases
