"""Contacts that releases of the archive name, to be accepted or rejected by the central desk."""

from django.contrib import admin, messages
from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from osce_cms.admin import ModelAdmin

from ..desks import reach
from ..importers.matching import suggested_contacts
from ..models import ContactSuggestion
from .archive import MOST_AT_ONCE

MOST_TOLD = 5  # refusals, one by one


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return ContactSuggestion.Status.choices[1:]

    def choices(self, changelist):
        waiting, *others = super().choices(changelist)
        return [{**waiting, "display": "Waits"}, *others]

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value() or ContactSuggestion.Status.PENDING)


@admin.register(ContactSuggestion)
class ContactSuggestionAdmin(ModelAdmin):
    change_form_template = "admin/change_form.html"  # not that of releases, which has its place
    list_display = [
        *("__str__", "role", "organisation", "email", "phone", "named_in", "last_named"),
        *("contact_link", "by"),
    ]
    list_filter = [StatusFilter]
    list_select_related = ["by", "contact"]
    list_per_page = 100
    search_fields = ["name", "role", "organisation", "email", "phone"]
    actions = ["accept", "reject"]

    def get_queryset(self, request):
        # What is named nowhere any more is nobody's business.
        counted = (
            super()
            .get_queryset(request)
            .annotate(
                count=Count("mentions"),
                last=Max("mentions__release__published_at"),
                latest=Max("mentions__release"),
            )
        )
        return counted.filter(count__gt=0).order_by("-count", "pk")

    @admin.display(description="Releases", ordering="count")
    def named_in(self, suggestion):
        address = reverse("admin:press_pressrelease_change", args=[suggestion.latest])
        return format_html('<a href="{}">{}</a>', address, suggestion.count)

    @admin.display(description="Last named", ordering="last")
    def last_named(self, suggestion):
        return timezone.localdate(suggestion.last) if suggestion.last else None

    @admin.display(description="Contact")
    def contact_link(self, suggestion):
        if not suggestion.contact:
            return "–"
        address = reverse("admin:press_contact_change", args=[suggestion.contact_id])
        return format_html('<a href="{}">{}</a>', address, suggestion.contact)

    def has_view_permission(self, request, obj=None):
        """Whoever keeps the contacts of the central desk: from releases of all desks one is suggested."""
        return reach(request.user, "press.add_contact").is_everywhere

    has_decide_permission = has_view_permission

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    has_delete_permission = has_change_permission

    @admin.action(description="Accept: new releases may name them", permissions=["decide"])
    def accept(self, request, queryset):
        if not (chosen := self.chosen(request, queryset)):
            return
        count, refused = suggested_contacts.accept(chosen, by=request.user)
        self.message_user(request, f"Accepted: {count}.", messages.SUCCESS)
        for suggestion, reason in refused[:MOST_TOLD]:
            self.message_user(request, f"“{suggestion}” waits: {reason}", messages.WARNING)
        if len(refused) > MOST_TOLD:
            more = f"{len(refused) - MOST_TOLD} others wait for the like."
            self.message_user(request, more, messages.WARNING)

    @admin.action(description="Reject: never suggest these again", permissions=["decide"])
    def reject(self, request, queryset):
        if not (chosen := self.chosen(request, queryset)):
            return
        count = suggested_contacts.reject(chosen, by=request.user)
        self.message_user(request, f"Rejected: {count}.", messages.SUCCESS)

    def chosen(self, request, queryset):
        """The same suggestions without the sums of the list, None when they are too many."""
        pks = list(queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(pks) > MOST_AT_ONCE:
            refusal = f"Choose not more than {MOST_AT_ONCE} at once."
            self.message_user(request, refusal, messages.WARNING)
            return None
        return ContactSuggestion.objects.filter(pk__in=pks)
