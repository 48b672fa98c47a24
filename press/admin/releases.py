from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from osce_cms.admin import ModelAdmin
from osce_cms.text import fold

from ..models import LINKS, PressRelease, ReleaseImage, ReleaseLog
from ..workflow import State, TransitionNotAllowed
from .filters import BranchFilter

SIZES = {"title": 2, "summary": 3, "body": 24}  # rows of the text boxes


class ReleaseImageInline(admin.StackedInline):
    model = ReleaseImage
    extra = 0
    fields = ["file", "alt", "is_decorative", "caption", "credit", "position"]


class ReleaseLogInline(admin.TabularInline):
    model = ReleaseLog
    fields = readonly_fields = ["at", "action", "by", "note"]
    extra = 0
    can_delete = False
    verbose_name_plural = "history"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(PressRelease)
class PressReleaseAdmin(ModelAdmin):
    list_display = ["title", "state", "public_time", "kind", "language", "issued_by"]
    list_filter = [
        "state",
        "kind",
        "language",
        ("fields_of_work", BranchFilter),
        ("sources", BranchFilter),
        ("countries", BranchFilter),
    ]
    date_hierarchy = "published_at"
    search_fields = ["title", "legacy_url"]
    search_help_text = "Words of the title or text, a number, or a legacy address"
    autocomplete_fields = [*LINKS, "translation_of"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [ReleaseImageInline, ReleaseLogInline]
    actions = ["publish", "publish_now", "withdraw"]
    fieldsets = [
        (None, {"fields": ["title", "summary", "dateline", "body"]}),
        ("Found under", {"fields": LINKS}),
        ("Kind and language", {"fields": ["kind", "language", "translation_of"]}),
        ("Publication", {"fields": ["state", "published_at", "precision", "slug"]}),
        (
            "From the archive",
            {
                "classes": ["collapse"],
                "fields": ["legacy_url", "legacy_labels", "unmatched_labels"],
            },
        ),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("sources")

    def get_readonly_fields(self, request, obj=None):
        not_typed = ["state", "legacy_url", "legacy_labels", "unmatched_labels"]
        if obj and obj.state != State.DRAFT:
            # What readers know does not move by the way.
            not_typed += ["published_at", "precision", "slug"]
        if obj and obj.translation_of_id:
            not_typed += LINKS  # they are those of the original
        return not_typed

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def get_search_results(self, request, queryset, search_term):
        """Words as the public search knows them, and a release by its number."""
        if search_term.strip().isdecimal():
            return queryset.filter(pk=search_term), False
        if "://" in search_term:
            return super().get_search_results(request, queryset, search_term)
        return queryset.containing(fold(search_term).split()), False

    def view_on_site(self, release):
        return release.get_absolute_url() if release.is_public(timezone.now()) else None

    def has_delete_permission(self, request, obj=None):
        if obj and obj.state != State.DRAFT:
            return False
        return super().has_delete_permission(request, obj)

    def has_publish_permission(self, request):
        return request.user.has_perm("press.publish_pressrelease")

    def has_withdraw_permission(self, request):
        return request.user.has_perm("press.withdraw_pressrelease")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        original = form.instance.translation_of or form.instance
        original.share_links()
        if "translation_of" in form.changed_data and original != form.instance:
            self.message_user(request, f"It has the terms of its original now, “{original}”.")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in SIZES:
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": SIZES[db_field.name]})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Published at", ordering="published_at")
    def public_time(self, release):
        if not release.published_at:
            return None
        at = timezone.localtime(release.published_at)
        return date_format(at, "j N Y, H:i" if release.has_time else "j N Y")

    @admin.display(description="Sources")
    def issued_by(self, release):
        return ", ".join(source.short or str(source) for source in release.sources.all())

    # Publishing and withdrawing: each asks once more, on a page that says what will happen.

    @admin.action(description="Publish on the date given", permissions=["publish"])
    def publish(self, request, queryset):
        return self._act(request, queryset, lambda release: release.publish(by=request.user))

    @admin.action(description="Publish now", permissions=["publish"])
    def publish_now(self, request, queryset):
        at = timezone.now()
        return self._act(request, queryset, lambda release: release.publish(by=request.user, at=at))

    @admin.action(description="Withdraw with a notice", permissions=["withdraw"])
    def withdraw(self, request, queryset):
        notice = request.POST.get("notice", "")
        return self._act(
            request, queryset, lambda release: release.withdraw(by=request.user, notice=notice)
        )

    def _act(self, request, queryset, act):
        action = request.POST["action"]
        needs_notice = action == "withdraw" and not request.POST.get("notice", "").strip()
        if "confirmed" not in request.POST or needs_notice:
            return self._ask(request, queryset, action)
        done = 0
        for release in queryset:
            try:
                act(release)
                done += 1
            except TransitionNotAllowed as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
        if done:
            self.message_user(request, f"Done for {done} of {queryset.count()}.", messages.SUCCESS)
        return None

    def _ask(self, request, queryset, action):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.get_actions(request)[action][2],
            "action": action,
            "releases": queryset,
            "now": timezone.now(),
            "notice_missing": "confirmed" in request.POST,
        }
        return TemplateResponse(request, "admin/press/confirm.html", context)
