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

    def has_change_permission(self, request, obj=None):
        """Not for people of a structure's desk: by moving others below it they would see more."""
        return super().has_change_permission(request, obj) and not is_of_a_desk(request.user)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not is_of_a_desk(request.user)


def is_of_a_desk(person):
    if person.is_superuser:
        return False
    if not hasattr(person, "_is_of_a_desk"):  # asked once a request
        person._is_of_a_desk = person.desk_memberships.exclude(desk=None).exists()
    return person._is_of_a_desk


class DeskMemberInline(admin.TabularInline):
    model = DeskMember
    autocomplete_fields = ["desk"]
    verbose_name_plural = "desks at which this person works"
    extra = 0


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(ResetsFactors, UserAdmin):
    inlines = [*UserAdmin.inlines, DeskMemberInline]
