from contextlib import nullcontext

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from mptt.admin import DraggableMPTTAdmin

from osce_cms.admin import ModelAdmin
from osce_cms.versions import OffersAsNew

from .forms import BUSY, NameFormSet, TermForm
from .merging import MergeRefused, merge, what_moves
from .models import (
    Chairpersonship,
    Country,
    CountryName,
    FieldOfWork,
    FieldOfWorkName,
    Meeting,
    MeetingName,
)
from .tree import TreeBusy, tree_write


class NameInline(admin.TabularInline):
    formset = NameFormSet
    extra = 0


class TermAdmin(OffersAsNew, DraggableMPTTAdmin, ModelAdmin):
    """A tree that is ordered by drag and drop; search helps the autocomplete fields of releases."""

    form = TermForm
    change_form_template = "admin/taxonomy/term_form.html"
    list_per_page = 10_000  # the whole tree: a part of it cannot be dragged
    list_max_show_all = 10_000
    list_display = ["tree_actions", "indented_title", "slug"]
    list_display_links = ["indented_title"]
    search_fields = ["name", "names__name", "code"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"], "code": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "parent", "slug", "description", "opened_version"]}),
        ("Closing", {"fields": ["is_closed", "closed_on"]}),
        ("For data files and imports", {"fields": ["code"]}),
    ]

    class Media:
        css = {"all": ["admin/tree.css"]}

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    def get_prepopulated_fields(self, request, obj=None):
        # An address that readers know is not changed by the way.
        return {} if obj else self.prepopulated_fields

    @admin.display(description="Name")
    def indented_title(self, term):
        # mptt indents by a style attribute, which the content security policy forbids.
        return format_html('<div class="tree-title tree-level-{}">{}</div>', term.level, term)

    # Saving: under the lock from reading to writing, so that what the form checks still holds.

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with tree_write():
                if object_id and self.get_object(request, unquote(object_id)) is None:
                    return self.offer_as_new(request)
                return super().changeform_view(request, object_id, form_url, extra_context)
        except TreeBusy:
            # The form once more with what was typed; its version says why it is not valid.
            request.POST = request.POST.copy()
            request.POST["opened_version"] = f"{BUSY}{request.POST.get('opened_version', '')}"
            return self._changeform_view(request, object_id, form_url, extra_context)

    def offer_as_new(self, request):
        request.POST = data = request.POST.copy()
        for name in [name for name in data if name.endswith("-INITIAL_FORMS")]:
            data[name] = "0"
            prefix = name.removesuffix("INITIAL_FORMS")
            for key in [k for k in data if k.startswith(prefix) and k.endswith(("-id", "-term"))]:
                data[key] = ""
        data.setdefault("code", data.get("slug", ""))
        return super().offer_as_new(request)

    # Moving

    def _move_node(self, request):
        """As mptt's, but whoever moves a term needs the right at both ends, and refusals are told."""
        term, target = (
            self.term_named(request, request.POST.get(name)) for name in ("cut_item", "pasted_on")
        )
        for each in (term, target):
            if each and not self.has_change_permission(request, each):
                self.message_user(request, "You may not move terms there.", messages.ERROR)
                return HttpResponse("FAIL, no permission.")
        try:
            with tree_write():
                answer = super()._move_node(request)
                if answer.content.startswith(b"OK"):
                    term.refresh_from_db()
                    self.message_user(request, f"It stands {place_of(term)} now.")
                return answer
        except TreeBusy as busy:
            self.message_user(request, str(busy), messages.ERROR)
            return HttpResponse("FAIL, busy.")

    def term_named(self, request, pk):
        try:
            return self.get_queryset(request).filter(pk=pk).first()
        except (TypeError, ValueError):
            return None

    # Deleting

    def delete_selected_tree(self, modeladmin, request, queryset):
        # Django's own action: it refuses as a whole what mptt's would delete in part.
        try:
            with tree_write() if "post" in request.POST else nullcontext():
                return delete_selected(self, request, queryset)
        except (ProtectedError, TreeBusy) as refusal:
            self.message_user(request, f"Nothing was deleted. {refusal.args[0]}", messages.ERROR)
            return None

    def get_deleted_objects(self, objs, request):
        deleted, counts, missing_permissions, _ = super().get_deleted_objects(objs, request)
        # Instead of the titles of releases, which this person may have no business to know.
        protected = [f"{count} {what} of “{term}”" for term in objs for what, count in term.uses()]
        return deleted, counts, missing_permissions, protected

    def delete_view(self, request, object_id, extra_context=None):
        try:
            with tree_write() if request.method == "POST" else nullcontext():
                return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, TreeBusy) as refusal:
            self.message_user(request, f"It was not deleted. {refusal.args[0]}", messages.ERROR)
            return HttpResponseRedirect(reverse(self.address("change"), args=[object_id]))

    # Merging

    def get_urls(self):
        merge_url = path(
            "<path:object_id>/merge/",
            self.admin_site.admin_view(self.merge_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_merge",
        )
        return [merge_url, *super().get_urls()]

    def has_merge_permission(self, request):
        return request.user.has_perm(f"{self.opts.app_label}.merge_{self.opts.model_name}")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"can_merge": self.has_merge_permission(request)}
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def merge_view(self, request, object_id):
        """First what will move, then the merge: choose, look, confirm."""
        term = self.get_object(request, unquote(object_id))
        if term is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not (self.has_merge_permission(request) and self.has_change_permission(request, term)):
            raise PermissionDenied
        form = self.merge_form(request.POST or None)
        if form.is_valid() and "confirmed" in request.POST:
            return self.merged(request, term, form.cleaned_data["into"])
        if form.errors:
            self.message_user(request, "Choose the term into which to merge.", messages.ERROR)
            form = self.merge_form(None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Merge “{term}” into another",
            "term": term,
            "form": form,
            "into": form.cleaned_data["into"] if form.is_valid() else None,
            "moves": what_moves(term),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/taxonomy/merge.html", context)

    def merge_form(self, data):
        class MergeForm(forms.Form):
            into = forms.ModelChoiceField(
                self.model.objects.all(),
                # The field "parent" points to the same tree, so its autocomplete serves here too.
                widget=AutocompleteSelect(self.opts.get_field("parent"), self.admin_site),
            )

        return MergeForm(data)

    def merged(self, request, term, into):
        name, pk = str(term), term.pk
        try:
            lost = merge(term, into)
        except (MergeRefused, TreeBusy) as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse(self.address("merge"), args=[pk]))
        self.log_change(request, into, " ".join([f"Merged “{name}” into it.", *lost]))
        self.message_user(request, f"“{name}” is a part of “{into}” now.", messages.SUCCESS)
        for line in lost:
            self.message_user(request, line, messages.WARNING)
        return HttpResponseRedirect(reverse(self.address("change"), args=[into.pk]))


def place_of(term):
    return f"below “{term.parent}”" if term.parent else "on the highest level"


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
        (None, {"fields": ["name", "parent", "slug", "iso", "description", "opened_version"]}),
        *TermAdmin.fieldsets[1:],
    ]
    inlines = [CountryNameInline]


@admin.register(Chairpersonship)
class ChairpersonshipAdmin(ModelAdmin):
    list_display = ["year", "country"]
    list_select_related = ["country"]
    autocomplete_fields = ["country"]
