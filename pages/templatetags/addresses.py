from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def absolute(context, path):
    """The full address of a path of this site, as head elements and other sites need it."""
    return context["request"].build_absolute_uri(path)
