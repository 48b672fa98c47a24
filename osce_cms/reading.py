"""Template tags that all public pages use."""

from django import template
from django.utils.safestring import mark_safe

from .html import sanitise

register = template.Library()

_BOX = '<div class="wide" role="group" aria-label="Table" tabindex="0">'


@register.simple_tag(takes_context=True)
def absolute(context, path):
    """The full address of a path of this site, as head elements and other sites need it."""
    return context["request"].build_absolute_uri(path)


@register.filter
def begins(path, start):
    return path.startswith(start)


@register.filter
def body(markup):
    """Stored HTML as it is shown: sanitised once more, each table in a box that scrolls by keyboard too.

    >>> body("<table></table>")
    '<div class="wide" role="group" aria-label="Table" tabindex="0"><table></table></div>'
    """
    return mark_safe(  # noqa: S308
        sanitise(markup).replace("<table>", f"{_BOX}<table>").replace("</table>", "</table></div>")
    )
