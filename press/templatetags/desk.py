from django import template
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from ..admin.worklists import counted
from ..desks import reach
from ..models import PressRelease

register = template.Library()


@register.simple_tag
def worklists(user):
    """What waits for user at the desks of theirs: [(Worklist, how many, whether there are more)]."""
    if not reach(user, "press.view_pressrelease"):
        return []
    return counted(user, timezone.now())


@register.simple_tag
def recent_actions(user, most):
    """What user did last; of releases only what this person may still see."""
    entries = list(LogEntry.objects.filter(user=user.pk).select_related("content_type")[:most])
    content_type = ContentType.objects.get_for_model(PressRelease)
    of_releases = [entry for entry in entries if entry.content_type_id == content_type.pk]
    asked = [entry.object_id for entry in of_releases if entry.object_id.isdecimal()]
    mine = PressRelease.objects.within(reach(user, "press.view_pressrelease"))
    titles = dict(mine.filter(pk__in=asked).values_list("pk", "title"))
    for entry in of_releases:
        # As it is called today: what it was called then may be what had to be removed.
        entry.object_repr = titles.get(int(entry.object_id), "")
    return [entry for entry in entries if entry.object_repr]
