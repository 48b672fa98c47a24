"""The admin site and what every admin of ours shares."""

from django.contrib import admin


class AdminSite(admin.AdminSite):
    site_header = "OSCE CMS"
    site_title = "OSCE CMS"
    index_title = "Editors’ desk"
    enable_nav_sidebar = False  # lists of releases need the width

    def get_urls(self):
        # The stock shortcut /admin/r/<type>/<id>/ tells any staff user the address of a draft.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]


class ModelAdmin(admin.ModelAdmin):
    """Lists that stay quick: no counts over the whole table, a page that fits a screen."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    save_on_top = True

    def view_on_site(self, obj):
        return obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else None
