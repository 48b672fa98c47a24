"""Whom readers may ask: kept by desks, used by all."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from osce_cms.admin import ModelAdmin
from osce_cms.versions import VersionedAdmin, VersionedForm
from structures.models import Structure

from ..desks import home_desk, reach
from ..models import Contact, PressRelease
from .worklists import ContactWorklistFilter

MOST_USES = 50  # titles on one page


class ContactForm(VersionedForm):
    noun = "contact"


@admin.register(Contact)
class ContactAdmin(VersionedAdmin, ModelAdmin):
    form = ContactForm
    change_form_template = "admin/change_form.html"  # not that of releases, which has its place
    list_display = ["name", "role", "structure", "email", "phone", "ends_on", "desk"]
    list_filter = [ContactWorklistFilter]
    list_select_related = ["structure", "desk"]
    search_fields = ["name", "role", "email", "structure__name", "structure__short"]
    autocomplete_fields = ["structure", "desk"]
    readonly_fields = ["used_in"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "role", "structure", "email", "phone", "mobile"],
                "description": "Readers see changes at once, on every public release that names it.",
            },
        ),
        ("For editors", {"fields": ["ends_on", "desk", "note", "used_in", "opened_version"]}),
    ]

    # Everybody at a desk sees and uses all of them; these ask at the desk of the contact.

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("press.change_contact", obj)

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("press.delete_contact", obj)

    def get_changeform_initial_data(self, request):
        mine = reach(request.user, "press.add_contact")
        desk = None if mine.is_everywhere else home_desk(request.user)
        return {"desk": desk, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "desk":
            mine = reach(request.user, "press.change_contact")
            field.required = not mine.is_everywhere
            if field.required:
                field.queryset = Structure.objects.filter(pk__in=mine.desks)
        return field

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return fieldsets
        (label, options) = fieldsets[-1]
        fields = [name for name in options["fields"] if name != "used_in"]
        return [*fieldsets[:-1], (label, {**options, "fields": fields})]

    def get_object(self, request, object_id, from_field=None):
        contact = super().get_object(request, object_id, from_field)
        if contact:
            contact.seen_by = reach(request.user, "press.view_pressrelease")
        return contact

    @admin.display(description="Used in")
    def used_in(self, contact):
        releases, has_more = uses(contact, contact.seen_by)
        lines = [linked(each) for each in releases]
        lines += ["Also in others."] if has_more else []
        return format_html_join("", "<div>{}</div>", ([line] for line in lines)) or "No release"

    def get_deleted_objects(self, objs, request):
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        if protected:
            mine = reach(request.user, "press.view_pressrelease")
            protected = [line for contact in objs for line in uses_in_words(contact, mine)]
        return deleted, counts, missing, protected


def uses(contact, mine):
    """(the releases within a reach that name contact, the newest first, whether there are others)."""
    naming = PressRelease.objects.filter(contact_rows__contact=contact)
    found = list(naming.within(mine).order_by("-pk")[:MOST_USES])
    return found, naming.exclude(pk__in=[each.pk for each in found]).exists()


def uses_in_words(contact, mine):
    """What stands against deleting contact. Of other desks' releases only that there are some."""
    releases, has_more = uses(contact, mine)
    found = [format_html("“{}” is named in {}", contact.name, linked(each)) for each in releases]
    return found + ([f"“{contact.name}” is named in other releases"] if has_more else [])


def linked(release):
    address = reverse("admin:press_pressrelease_change", args=[release.pk])
    return format_html('<a href="{}">{}</a> ({})', address, release, release.stage)
