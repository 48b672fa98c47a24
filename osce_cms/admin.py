"""The admin site and what every admin of ours shares."""

import functools
import logging

from django.contrib import admin
from django.db import DataError, IntegrityError
from django.shortcuts import render

logger = logging.getLogger(__name__)


class AdminSite(admin.AdminSite):
    site_header = "OSCE CMS"
    site_title = "OSCE CMS"
    index_title = "Editors’ desk"
    enable_nav_sidebar = False  # lists of releases need the width

    def get_urls(self):
        # The stock shortcut /admin/r/<type>/<id>/ tells any staff user the address of a draft.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def admin_view(self, view, cacheable=False):
        """As usual, but values that no column can hold are a bad request, not an error of ours.

        Django's admin lets NUL, 30 digits, the year 9999 or a text for a number through to the
        database, from addresses as from forms; and what a form refers to may be deleted before it is
        stored. Nothing has been written when they come back.
        """

        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            try:
                response = view(request, *args, **kwargs)
                # Now and not later: a form that is shown again looks its wrong values up.
                return response.render() if hasattr(response, "render") else response
            except (ValueError, OverflowError, DataError, IntegrityError) as error:
                logger.error("Refused %s: %s", request.get_full_path(), error, exc_info=error)
                return render(request, "400.html", status=400)

        return super().admin_view(guarded, cacheable)


class ModelAdmin(admin.ModelAdmin):
    """Lists that stay quick: no counts over the whole table, a page that fits a screen."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 40
    save_on_top = True

    def lookup_allowed(self, lookup, value, request):
        """Not by what refers to a row: the list of terms would tell those of any release by its number."""
        name = lookup.partition("__")[0]
        if any(name == relation.name for relation in self.opts.related_objects):
            return False
        return super().lookup_allowed(lookup, value, request)

    def view_on_site(self, obj):
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None
