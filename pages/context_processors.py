from .models import Page


def navigation(request):
    """The plain pages for the navigation; asked for only by templates that print it."""
    return {"navigation_pages": Page.objects.only("title", "slug")}
