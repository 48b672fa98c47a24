from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format

from osce_cms.admin import ModelAdmin

from ..models import LINKS, PressRelease, ReleaseImage, ReleaseLog
from ..search import match
from ..workflow import BEFORE, State, TransitionNotAllowed
from . import history, preview
from .conflicts import KeepsWhatWasTyped
from .filters import BranchFilter
from .presence import SaysWhoIsHere
from .transitions import StepsMixin, refuse_blocked

MOST_AT_ONCE = 100  # releases in one action: as many as a person can look through
SIZES = {"title": 2, "summary": 3, "body": 24}  # rows of the text boxes


class ReleaseImageInline(admin.StackedInline):
    model = ReleaseImage
    view_on_site = False  # the stock link goes through a shortcut that this site has not
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
class PressReleaseAdmin(KeepsWhatWasTyped, SaysWhoIsHere, StepsMixin, ModelAdmin):
    list_display = ["title", "stage", "public_time", "kind", "language", "issued_by"]
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
    actions = ["submit", "publish", "publish_now", "unschedule", "withdraw"]
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

    def get_object(self, request, object_id, from_field=None):
        release = super().get_object(request, object_id, from_field)
        if release is None or request.method != "POST":
            return release
        # Held until the form is saved, so that a transition comes before it or after it.
        PressRelease.objects.select_for_update().get(pk=release.pk)
        return super().get_object(request, object_id, from_field)

    def get_urls(self):
        return [*history.urls(self), *preview.urls(self), *super().get_urls()]

    def history_view(self, request, object_id, extra_context=None):
        return history.history_view(self, request, object_id)

    def get_readonly_fields(self, request, obj=None):
        not_typed = ["state", "legacy_url", "legacy_labels", "unmatched_labels"]
        if obj and obj.state not in BEFORE:
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
        found = match(search_term)
        return (found.narrow(queryset) if found else queryset), False

    def view_on_site(self, release):
        return release.get_absolute_url() if release.is_public(timezone.now()) else None

    def has_delete_permission(self, request, obj=None):
        if obj and (obj.state != State.DRAFT or obj.first_published_at):
            return False
        return super().has_delete_permission(request, obj)

    def has_submit_permission(self, request):
        return self.may(request, "submit")

    def has_publish_permission(self, request):
        return self.may(request, "publish")

    def has_unschedule_permission(self, request):
        return self.may(request, "unschedule")

    def has_withdraw_permission(self, request):
        return self.may(request, "withdraw")

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
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": SIZES[db_field.name]})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Published at", ordering="published_at")
    def public_time(self, release):
        if not release.published_at:
            return None
        at = timezone.localtime(release.published_at)
        return date_format(at, "j N Y, H:i" if release.has_time else "j N Y")

    @admin.display(description="State", ordering="state")
    def stage(self, release):
        return release.stage

    @admin.display(description="Sources")
    def issued_by(self, release):
        return ", ".join(source.short or str(source) for source in release.sources.all())

    # Publishing and withdrawing: each asks once more, on a page that says what will happen.

    @admin.action(description="Submit for review", permissions=["submit"])
    def submit(self, request, queryset):
        return self._act(
            "submit", request, queryset, lambda release: release.submit(by=request.user)
        )

    @admin.action(description="Publish on the date given", permissions=["publish"])
    def publish(self, request, queryset):
        def act(release):
            refuse_blocked(release, release.published_at)
            release.publish(by=request.user)

        return self._act("publish", request, queryset, act)

    @admin.action(description="Publish now", permissions=["publish"])
    def publish_now(self, request, queryset):
        at = timezone.now()

        def act(release):
            refuse_blocked(release, at)
            release.publish(by=request.user, at=at)

        return self._act("publish_now", request, queryset, act)

    @admin.action(description="Take off the schedule", permissions=["unschedule"])
    def unschedule(self, request, queryset):
        return self._act(
            "unschedule", request, queryset, lambda release: release.unschedule(by=request.user)
        )

    @admin.action(description="Withdraw with a notice", permissions=["withdraw"])
    def withdraw(self, request, queryset):
        notice = request.POST.get("notice", "")
        return self._act(
            "withdraw",
            request,
            queryset,
            lambda release: release.withdraw(by=request.user, notice=notice),
        )

    def _act(self, action, request, queryset, act):
        """Ask on a page of its own; when that is confirmed, act on what was shown there."""
        if queryset.count() > MOST_AT_ONCE:
            refusal = f"Choose not more than {MOST_AT_ONCE} releases at once."
            self.message_user(request, refusal, messages.WARNING)
            return None
        needs_notice = action == "withdraw" and not request.POST.get("notice", "").strip()
        if "confirmed" not in request.POST or needs_notice:
            return self._ask(action, request, queryset)
        seen, done = set(request.POST.getlist("seen")), 0
        for release in queryset:
            try:
                if seen_as(release) not in seen:
                    raise TransitionNotAllowed(f"“{release}” was changed meanwhile: look again.")
                act(release)
                done += 1
            except TransitionNotAllowed as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
        if done:
            self.message_user(request, f"Done for {done} of {len(queryset)}.", messages.SUCCESS)
        return None

    def _ask(self, action, request, queryset):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": getattr(self, action).short_description,
            "action": action,
            "releases": [(release, seen_as(release)) for release in queryset],
            "now": timezone.now(),
            "notice_missing": "confirmed" in request.POST,
        }
        return TemplateResponse(request, "admin/press/confirm.html", context)


def seen_as(release):
    """What the confirmation page shows, in a word: another save makes another word of it."""
    return f"{release.pk}:{release.version}"
