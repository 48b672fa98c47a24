"""The pages below a release that are no forms of the stock admin, in one table."""

from functools import partial

from django.urls import path

from . import copying, history, preview, redaction, reminders

PAGES = [  # (address, view, name)
    ("history/difference/", history.difference_view, "difference"),
    ("history/<int:revision>/restore/", history.restore_view, "restore"),
    ("preview/", preview.preview_view, "preview"),
    ("preview/links/", preview.links_view, "preview_links"),
    ("preview/images/<int:image>/", preview.image_view, "preview_image"),
    ("preview/images/<int:image>/<str:rendition>", preview.image_view, "preview_rendition"),
    (
        "preview/attachments/<int:attachment>/<str:name>",
        preview.attachment_view,
        "preview_attachment",
    ),
    ("redact/", redaction.redaction_view, "redact"),
    ("copy/", copying.copy_view, "copy"),
    ("reminders/", reminders.people_view, "reminders"),
]


def urls(model_admin):
    return [address(model_admin, *page) for page in PAGES]


def address(model_admin, below, view, name):
    """Where view(model_admin, request, object_id, **what is in below) is found."""
    guarded = model_admin.admin_site.admin_view(partial(view, model_admin))
    return path(f"<path:object_id>/{below}", guarded, name=f"press_pressrelease_{name}")
