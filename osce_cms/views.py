from django.http import Http404
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found

from pages.models import Page
from pages.views import page
from press.redirects import old_address


def page_or_old_address(request, slug):
    try:
        return page(request, slug)
    except Http404:
        return old_address(request)


@csrf_exempt  # it writes nothing, and a form that is sent nowhere is not found rather than refused
def anything_else(request, path):
    """What no other address matches: one of ours without its slash, or one of the old site."""
    if not path.endswith("/") and is_ours(f"{request.path_info}/"):
        return redirect(request.get_full_path(force_append_slash=True), permanent=True)
    return old_address(request)


def is_ours(path):
    try:
        match = resolve(path)
    except Resolver404:
        return False
    if match.url_name == "page":
        return Page.objects.filter(slug=match.kwargs["slug"]).exists()
    return match.func is not anything_else


def not_found(request, exception):
    """The 404 page. No cache may keep it: what is under embargo now is there in its second."""
    response = page_not_found(request, exception)
    response["Cache-Control"] = "no-store"
    return response
