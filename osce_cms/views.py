from django.views.defaults import page_not_found


def not_found(request, exception):
    """The 404 page. No cache may keep it: what is under embargo now is there in its second."""
    response = page_not_found(request, exception)
    response["Cache-Control"] = "no-store"
    return response
