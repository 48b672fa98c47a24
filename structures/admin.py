from django.contrib import admin

from taxonomy.admin import NameInline, TermAdmin

from .models import Structure, StructureName


class StructureNameInline(NameInline):
    model = StructureName


@admin.register(Structure)
class StructureAdmin(TermAdmin):
    list_display = [*TermAdmin.list_display, "kind", "host_country"]
    list_select_related = ["host_country"]
    autocomplete_fields = ["parent", "host_country"]
    fieldsets = [
        (
            None,
            {"fields": ["name", "short", "parent", "kind", "host_country", "slug", "description"]},
        ),
        ("Opening and closing", {"fields": ["opened_on", "is_closed", "closed_on"]}),
        TermAdmin.fieldsets[-1],
    ]
    inlines = [StructureNameInline]
