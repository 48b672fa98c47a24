from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from accounts.admin import ResetsFactors
from taxonomy.admin import NameInline, TermAdmin

from .models import DeskMember, Structure, StructureName, Succession


class StructureNameInline(NameInline):
    model = StructureName


class PredecessorInline(admin.TabularInline):
    model = Succession
    fk_name = "structure"
    autocomplete_fields = ["predecessor"]
    verbose_name_plural = "predecessors (other bodies whose work it took over)"
    extra = 0


@admin.register(Structure)
class StructureAdmin(TermAdmin):
    list_display = [*TermAdmin.list_display, "kind", "host_country"]
    list_select_related = ["host_country"]
    autocomplete_fields = ["parent", "host_country"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "short",
                    "parent",
                    "kind",
                    "host_country",
                    "slug",
                    "description",
                    "opened_version",
                ]
            },
        ),
        ("Opening and closing", {"fields": ["opened_on", "is_closed", "closed_on"]}),
        TermAdmin.fieldsets[-1],
    ]
    inlines = [StructureNameInline, PredecessorInline]


class DeskMemberInline(admin.TabularInline):
    model = DeskMember
    autocomplete_fields = ["desk"]
    verbose_name_plural = "desks at which this person works"
    extra = 0


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(ResetsFactors, UserAdmin):
    inlines = [*UserAdmin.inlines, DeskMemberInline]
