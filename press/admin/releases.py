import re

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import slugify

from osce_cms.admin import ModelAdmin
from osce_cms.reading import body as as_shown
from osce_cms.widgets import RichText
from structures.models import Structure

from .. import legacy
from ..desks import home_desk, reach
from ..models import LINKS, CountrySuggestion, PressRelease
from ..search import match
from ..workflow import BEFORE, TRANSITIONS, State
from . import addresses, history, terms
from .archive import LabelFilter
from .bulk import BulkMixin
from .conflicts import KeepsWhatWasTyped
from .files import AttachmentInline, ReleaseImageInline
from .filters import BranchFilter, TimeFilter
from .forms import TermSelect
from .presence import SaysWhoIsHere
from .transitions import StepsMixin
from .worklists import WorklistFilter

FROM_ARCHIVE = ["legacy_url", "legacy_labels", "unmatched_labels"]
KEPT_BY_CORRECTION = ["language", "translation_of", "desk", "published_at", "precision"]
SHOWN = {"body": "body_shown", "contacts": "contacts_shown"}  # to who may not type
SIZES = {"title": 2, "summary": 3, "body": 24}  # rows of the text boxes


class ReleaseList(ChangeList):
    def get_filters(self, request):
        *found, has_duplicates, is_filtered = super().get_filters(request)
        # Our filters ask by subqueries, so that no DISTINCT over all texts is needed for them.
        has_duplicates = has_duplicates and bool(found[2])  # what is left is asked by joins
        return *found, has_duplicates, is_filtered

    def get_queryset(self, *args, **kwargs):
        return super().get_queryset(*args, **kwargs).prefetch_related("sources")


@admin.register(PressRelease)
class PressReleaseAdmin(KeepsWhatWasTyped, SaysWhoIsHere, StepsMixin, BulkMixin, ModelAdmin):
    list_display = ["title", "stage", "public_time", "kind", "language", "issued_by"]
    list_filter = [
        WorklistFilter,
        "state",
        "kind",
        "language",
        TimeFilter,
        ("fields_of_work", BranchFilter),
        ("sources", BranchFilter),
        ("countries", BranchFilter),
        LabelFilter,
    ]
    search_fields = ["title"]  # Django shows its box for them; get_search_results() asks for more
    search_help_text = "Words of the title or text, a number, a public or legacy address"
    autocomplete_fields = [*LINKS, "translation_of", "desk"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [ReleaseImageInline, AttachmentInline]

    class Media:
        css = {"all": ["admin-editor.css"]}  # also for a body that is only shown

    fieldsets = [
        (None, {"fields": ["title", "summary", "dateline", "body"]}),
        ("Found under", {"fields": LINKS}),
        ("For readers who ask", {"fields": ["contacts"]}),
        ("Kind and language", {"fields": ["kind", "language", "translation_of", "desk"]}),
        ("Publication", {"fields": ["state", "published_at", "precision", "slug"]}),
        (
            "From the archive",
            {
                "classes": ["collapse"],
                "fields": FROM_ARCHIVE,
            },
        ),
    ]

    def get_queryset(self, request):
        """Of the desks of this person only: all pages of the admin ask for releases here."""
        mine = reach(request.user, "press.view_pressrelease")
        return (
            super()
            .get_queryset(request)
            .within(mine)
            .select_related("desk")
            .with_public(timezone.now())
        )

    def get_changelist(self, request, **kwargs):
        return ReleaseList

    def get_object(self, request, object_id, from_field=None):
        """The release for a form. Held until that is saved: a transition comes before it or after it."""
        if request.method == "POST" and (found := self.find(request, object_id)):
            # It may be gone by the time that we have it: a correction that was published, say.
            PressRelease.objects.select_for_update().filter(pk=found.pk).first()
        return self.find(request, object_id)

    def find(self, request, object_id):
        """The release if this person may see it, with what its pages ask of it, or None."""
        known = getattr(request, "release_found", None)
        if known and request.method == "GET" and str(known.pk) == object_id:
            return known
        try:
            found = self.get_queryset(request).select_related(
                "corrects", "translation_of", "translated_revision"
            )
            release = found.filter(pk=self.opts.pk.to_python(object_id)).first()
        except ValidationError:
            release = None
        if release:
            # As stored: the form that is sent may say that it is none any more.
            release.has_terms_of_original = (release.corrects or release).translation_of_id
            can_be_open = release.state in TRANSITIONS["correct"][0]
            release.open_correction = release.corrections.first() if can_be_open else None
        request.release_found = release
        return release

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["widget"] = TermSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_urls(self):
        return [*addresses.urls(self), *terms.urls(self), *super().get_urls()]

    def history_view(self, request, object_id, extra_context=None):
        return history.history_view(self, request, object_id)

    def get_readonly_fields(self, request, obj=None):
        not_typed = ["state", "legacy_url", "legacy_labels", "unmatched_labels"]
        if obj is None:
            return not_typed
        not_typed.append("desk")  # it is handed over
        if obj.corrects_id:
            not_typed += KEPT_BY_CORRECTION
        if obj.has_terms_of_original:
            not_typed += LINKS
        return not_typed

    def get_fieldsets(self, request, obj=None):
        """Without what a correction does not touch, and what did not come from the archive.

        And without an original of another desk: it is not named here, and a form that does not show it
        would send that there is none.
        """
        left_out = set(KEPT_BY_CORRECTION) if obj and obj.corrects_id else set()
        if obj and obj.translation_of_id and not self.may(request, "view", obj.translation_of):
            left_out.add("translation_of")
        if not (obj and (obj.legacy_key or obj.legacy_url)):
            left_out |= set(FROM_ARCHIVE)
        shown = {} if self.may_type(request, obj) else SHOWN
        found = []
        for label, options in self.fieldsets:
            names = [shown.get(name, name) for name in options["fields"]]
            if fields := [name for name in names if name not in left_out]:
                found.append((label, {**options, "fields": fields}))
        return found

    def get_changeform_initial_data(self, request):
        mine = reach(request.user, "press.add_pressrelease")
        desk = None if mine.is_everywhere else home_desk(request.user)
        return {"desk": desk, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "desk":
            mine = reach(request.user, "press.add_pressrelease")
            field.required = not mine.is_everywhere
            if field.required:
                field.queryset = Structure.objects.filter(pk__in=mine.desks)
        if db_field.name == "translation_of":
            mine = reach(request.user, "press.view_pressrelease")
            field.queryset = PressRelease.objects.within(mine).filter(corrects=None)
        return field

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def get_search_results(self, request, queryset, search_term):
        """By number, public or legacy address, or slug; else by words, as readers search."""
        term = search_term.strip()
        if found := re.search(r"(?:^|/press-releases/)([0-9]{1,18})(?:/[^/]*)?/?$", term):
            return queryset.filter(pk=found[1]), False
        if "/" in term and " " not in term:
            return legacy.among(queryset, term), False
        if re.fullmatch(r"[\w]+(?:-[\w]+)+", term) and (named := queryset.filter(slug=term)):
            return named, False
        found = match(search_term)
        return (found.narrow(queryset) if found else queryset), False

    def view_on_site(self, release):
        return release.get_absolute_url() if release.is_public_now else None

    # Permissions. With a release, those at its desk; without, those that somebody holds at any.

    def may(self, request, action, release=None):
        return request.user.has_perm(f"press.{action}_pressrelease", release)

    def has_view_permission(self, request, obj=None):
        return self.may(request, "view", obj)

    def has_change_permission(self, request, obj=None):
        """What is published is corrected on a copy; what is in review is in the hands of editors."""
        if obj and obj.state not in BEFORE:
            return False
        if obj and obj.state == State.IN_REVIEW and not self.may(request, "request_changes", obj):
            return False
        return self.may(request, "change", obj)

    def may_share(self, request, release):
        """A preview: also of what waits for its hour, which nobody changes any more."""
        return self.may(request, "change", release)

    def has_delete_permission(self, request, obj=None):
        """A draft that never was public; a correction in any state, by whoever may change it."""
        if obj and obj.corrects_id and not self.has_change_permission(request, obj):
            return False
        if obj and not obj.corrects_id and (obj.state != State.DRAFT or obj.first_published_at):
            return False
        return self.may(request, "delete", obj)

    def get_deleted_objects(self, objs, request):
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        missing.discard(CountrySuggestion._meta.verbose_name)  # they go with their release
        if protected:
            # Not by title: a translation may be another desk's.
            protected = ["its translations, or a redaction that is on record"]
        return deleted, counts, missing, protected

    def save_model(self, request, obj, form, change):
        if change:
            history.record_before(form)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        original = form.instance.translation_of or form.instance
        original.share_links()
        history.record_after(form, by=request.user)
        if "translation_of" in form.changed_data and original != form.instance:
            self.message_user(request, f"It has the terms of its original now, “{original}”.")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in SIZES:
            widget = RichText if db_field.name == "body" else AdminTextareaWidget
            kwargs["widget"] = widget(attrs={"rows": SIZES[db_field.name]})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def may_type(self, request, obj):
        return obj is None or self.has_change_permission(request, obj)

    @admin.display(description="Body")
    def body_shown(self, release):
        return format_html('<div class="shown-text">{}</div>', as_shown(release.body))

    @admin.display(description="Contacts")
    def contacts_shown(self, release):
        return "; ".join(map(str, release.contacts))

    @admin.display(description="Published at", ordering="published_at")
    def public_time(self, release):
        if not release.published_at:
            return None
        at = timezone.localtime(release.published_at)
        return date_format(at, "j N Y, H:i" if release.has_time else "j N Y")

    @admin.display(description="State", ordering="state")
    def stage(self, release):
        return format_html(
            '<span class="stage stage-{}">{}</span>', slugify(release.stage), release.stage
        )

    @admin.display(description="Sources")
    def issued_by(self, release):
        return ", ".join(source.short or str(source) for source in release.sources.all())
