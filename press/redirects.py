"""The one answer to an address of the old site."""

from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone

from . import legacy
from .facets import current
from .views import gone, not_kept


def old_address(request):
    """A permanent redirect to what stands for an address of the old site here, or what became of it.

    Raises Http404 when nothing does, and when what does is not public yet.
    """
    old = legacy.OldAddress.of(request.get_full_path_info())
    if request.method not in ("GET", "HEAD") or not old:
        raise Http404
    at = timezone.now()
    if found := legacy.find(old, at):
        return to_release(request, found, old)
    index = current()
    if address := legacy.list_address(old, index, at):
        return redirect(address, permanent=True)
    if address := legacy.structure_address(old, index):
        answer = redirect(address, permanent=True)
        # An item with this number may come yet.
        return not_kept(answer) if old.node else answer
    raise Http404


def to_release(request, release, old):
    if not release.is_public_now:
        return gone(request, release)
    answer = redirect(release, permanent=True)
    return answer if legacy.is_final(release, old) else not_kept(answer)
