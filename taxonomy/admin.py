from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.utils.html import format_html
from mptt.admin import DraggableMPTTAdmin

from osce_cms.admin import ModelAdmin

from .models import (
    Chairpersonship,
    Country,
    CountryName,
    FieldOfWork,
    FieldOfWorkName,
    Meeting,
    MeetingName,
)


class NameInline(admin.TabularInline):
    extra = 0


class TermAdmin(DraggableMPTTAdmin, ModelAdmin):
    """A tree that is ordered by drag and drop; search helps the autocomplete fields of releases."""

    list_per_page = 2000  # the whole tree: a part of it cannot be dragged
    list_display = ["tree_actions", "indented_title", "slug"]
    list_display_links = ["indented_title"]
    search_fields = ["name", "names__name", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"], "code": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "parent", "slug", "description"]}),
        ("Closing", {"fields": ["is_closed", "closed_on"]}),
        ("For data files and imports", {"fields": ["code"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    def get_prepopulated_fields(self, request, obj=None):
        # An address that readers know is not changed by the way.
        return {} if obj else self.prepopulated_fields

    @admin.display(description="Name")
    def indented_title(self, term):
        # mptt indents by a style attribute, which the content security policy forbids.
        return format_html('<div class="tree-title tree-level-{}">{}</div>', term.level, term)

    def delete_selected_tree(self, modeladmin, request, queryset):
        # Django's own action: it refuses as a whole what mptt's would delete in part.
        return delete_selected(self, request, queryset)

    def get_deleted_objects(self, objs, request):
        deleted, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        for term in objs:
            protected += [f"{user} (filed under “{term}”)" for user in term.users()]
        return deleted, counts, missing_permissions, protected

    class Media:
        css = {"all": ["admin/tree.css"]}


class FieldOfWorkNameInline(NameInline):
    model = FieldOfWorkName


@admin.register(FieldOfWork)
class FieldOfWorkAdmin(TermAdmin):
    inlines = [FieldOfWorkNameInline]


class MeetingNameInline(NameInline):
    model = MeetingName


@admin.register(Meeting)
class MeetingAdmin(TermAdmin):
    inlines = [MeetingNameInline]


class CountryNameInline(NameInline):
    model = CountryName


@admin.register(Country)
class CountryAdmin(TermAdmin):
    list_display = [*TermAdmin.list_display, "iso"]
    fieldsets = [
        (None, {"fields": ["name", "parent", "slug", "iso", "description"]}),
        *TermAdmin.fieldsets[1:],
    ]
    inlines = [CountryNameInline]


@admin.register(Chairpersonship)
class ChairpersonshipAdmin(ModelAdmin):
    list_display = ["year", "country"]
    list_select_related = ["country"]
    autocomplete_fields = ["country"]
