"""What people decide about the archive: labels that name no term, and countries that were suggested."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode

from osce_cms.admin import ModelAdmin
from structures.models import Structure
from taxonomy.labels import short_key

from ..desks import reach
from ..importers.matching import countries, terms
from ..models import CountrySuggestion, PressRelease, TermDecision, Vocabulary
from ..running import AlreadyRunning, one_at_a_time
from .filters import OLDEST, BranchFilter

LABELS_ON_A_PAGE = 40
MOST_AT_ONCE = 1000  # suggestions in one action: a few seconds
BUSY = "An import is running, and would not hear of it. Try again when it has ended."


class LabelFilter(admin.SimpleListFilter):
    """Releases that carry one label without a term, however it is written: “field:Police matters”."""

    title = "label without a term"
    parameter_name = "label"

    def lookups(self, request, model_admin):
        return [(self.value(), self.value())] if self.value() else []

    def queryset(self, request, queryset):
        vocabulary, colon, label = (self.value() or "").partition(":")
        if vocabulary not in Vocabulary.values or not colon:
            raise IncorrectLookupParameters(f"label: {self.value()}")
        return queryset.filter(pk__in=terms.carriers(vocabulary, label))


@admin.register(TermDecision)
class TermDecisionAdmin(ModelAdmin):
    """What was decided; and, on a page of its own, the labels about which nobody decided yet."""

    list_display = ["label", "vocabulary", "meaning", "by", "at", "note"]
    list_filter = ["vocabulary"]
    list_select_related = ["by"]
    search_fields = ["label", "code", "note"]
    change_list_template = "admin/press/termdecision/change_list.html"

    @admin.display(description="Means", ordering="code")
    def meaning(self, decision):
        return decision.code or "no term"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("press.decide_labels")

    has_delete_permission = has_view_permission

    def has_add_permission(self, request):
        return False  # from the page of labels

    def has_change_permission(self, request, obj=None):
        return False

    def get_urls(self):
        labels = self.admin_site.admin_view(self.labels_view)
        return [path("labels/", labels, name="press_termdecision_labels"), *super().get_urls()]

    def labels_view(self, request):
        """The labels of one vocabulary without a term, the most frequent first; deciding acts at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.decide(request)
        tallies = terms.tally(
            (vocabulary, label, pk) for vocabulary, label, (pk,) in terms.unmatched(None, "pk")
        )
        counts = [(each, sum(t.vocabulary == each for t in tallies)) for each in Vocabulary]
        chosen = vocabulary_of(request.GET.get("vocabulary")) or next(
            (each for each, count in counts if count), Vocabulary.SOURCE
        )
        mine = [each for each in tallies if each.vocabulary == chosen]
        page = Paginator(mine, LABELS_ON_A_PAGE).get_page(request.GET.get("page"))
        add_what_helps(page.object_list, chosen, request.user, self.admin_site)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Labels without a term",
            "counts": counts,
            "chosen": chosen,
            "page": page,
            "media": self.media + TermChoice(vocabulary=chosen, admin_site=self.admin_site).media,
        }
        return TemplateResponse(request, "admin/press/labels.html", context)

    def decide(self, request):
        vocabulary = vocabulary_of(request.POST.get("vocabulary"))
        label = request.POST.get("label", "").strip()
        if not (vocabulary and short_key(label)):
            self.message_user(request, "Choose one of the labels.", messages.ERROR)
            return redirect("admin:press_termdecision_labels")
        form = TermChoice(request.POST, vocabulary=vocabulary, admin_site=self.admin_site)
        back = reverse("admin:press_termdecision_labels")
        query = {"vocabulary": vocabulary.value, "page": request.POST.get("page", 1)}
        back = redirect(f"{back}?{urlencode(query)}")
        code = form.code(request.POST) if form.is_valid() else None
        if code is None:
            self.message_user(request, "Choose a term, or ignore the label.", messages.ERROR)
            return back
        decision = TermDecision(vocabulary=vocabulary.value, label=label, code=code)
        try:
            with one_at_a_time():
                terms.decide([decision], by=request.user)
                only = {(vocabulary.value, short_key(label))}
                filed = terms.refile(terms.Matcher([vocabulary]), by=request.user, only=only)
        except AlreadyRunning:
            self.message_user(request, BUSY, messages.WARNING)
            return back
        said = f"“{label}” means {code or 'no term'}. Releases that changed: {filed}."
        self.message_user(request, said, messages.SUCCESS)
        return back


class TermChoice(forms.Form):
    term = forms.ModelChoiceField(None, required=False)

    def __init__(self, *args, vocabulary, admin_site, **kwargs):
        super().__init__(*args, **kwargs)
        # Releases point to the same tree, so their autocomplete serves here too.
        widget = AutocompleteSelect(PressRelease._meta.get_field(vocabulary.link), admin_site)
        widget.attrs["aria-label"] = f"{vocabulary.label} for this label"
        self.fields["term"] = forms.ModelChoiceField(
            vocabulary.model.objects.all(), required=False, widget=widget
        )

    def code(self, sent):
        """The code that was chosen, "" when the label is to be ignored, None without a choice."""
        if "ignore" in sent:
            return ""
        if guess := sent.get("guess"):
            known = self.fields["term"].queryset.filter(code=guess)
            return known.values_list("code", flat=True).first()
        term = self.cleaned_data["term"]
        return term.code if term else None


def vocabulary_of(value):
    return Vocabulary(value) if value in Vocabulary.values else None


def add_what_helps(tallies, vocabulary, user, admin_site):
    """Give each of tallies its guesses, a form, the list of its releases, and those that user may see."""
    mine = reach(user, "press.view_pressrelease")
    examples = {pk for each in tallies for pk in each.examples}
    releases = PressRelease.objects.within(mine).filter(pk__in=examples)
    titles = dict(releases.values_list("pk", "title"))
    matcher = terms.Matcher([vocabulary])
    names = matcher.labels[vocabulary.link].names
    codes = {code: names[pk] for pk, code in matcher.labels[vocabulary.link].codes.items()}
    for number, each in enumerate(tallies):
        each.guesses = [
            (code, codes[code], score) for code, score in matcher.guesses(vocabulary, each.label)
        ]
        each.form = TermChoice(
            vocabulary=vocabulary, admin_site=admin_site, auto_id=f"label-{number}-%s"
        )
        each.releases = [(pk, titles[pk]) for pk in each.examples if pk in titles]
        each.query = urlencode({"label": f"{each.vocabulary}:{each.label}"}) if mine else ""


# Suggested countries.


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return CountrySuggestion.Status.choices[1:]

    def choices(self, changelist):
        waiting, *others = super().choices(changelist)
        return [{**waiting, "display": "Waits"}, *others]

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() else queryset.waiting()


class SourceFilter(BranchFilter):
    """Suggestions for releases of a structure and all that lies below it."""

    def queryset(self, request, queryset):
        if not self.value:
            return queryset
        if not (self.value.isdecimal() and Structure.objects.filter(pk=self.value).exists()):
            raise IncorrectLookupParameters(f"structure: {self.value}")
        releases = PressRelease.objects.filed_under("sources", [int(self.value)])
        return queryset.filter(release__in=releases.order_by().values("pk"))


class YearFilter(admin.SimpleListFilter):
    title = "year"
    parameter_name = "year"

    def lookups(self, request, model_admin):
        return [(year, year) for year in range(timezone.localtime().year, OLDEST - 1, -1)]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        if self.value() not in map(str, range(OLDEST, timezone.localtime().year + 1)):
            raise IncorrectLookupParameters(f"year: {self.value()}")
        return queryset.filter(release__published_at__year=int(self.value()))


@admin.register(CountrySuggestion)
class CountrySuggestionAdmin(ModelAdmin):
    """Countries that releases of the archive seem to be about, to be confirmed or rejected in bulk."""

    list_display = ["country", "release_link", "day", "reason", "evidence", "status", "by"]
    list_display_links = None
    list_filter = [StatusFilter, "reason", ("release__sources", SourceFilter), YearFilter]
    list_select_related = ["country", "release", "by"]
    list_per_page = 100
    actions = ["confirm", "reject"]

    def get_queryset(self, request):
        mine = reach(request.user, "press.retag_pressrelease")
        return super().get_queryset(request).within(mine)

    @admin.display(description="Release")
    def release_link(self, suggestion):
        address = reverse("admin:press_pressrelease_change", args=[suggestion.release_id])
        return format_html('<a href="{}">{}</a>', address, suggestion.release)

    @admin.display(description="Day", ordering="release__published_at")
    def day(self, suggestion):
        at = suggestion.release.published_at
        return timezone.localdate(at) if at else None

    def has_view_permission(self, request, obj=None):
        """Whoever changes terms of what is public; the list holds what belongs to their desks."""
        return bool(reach(request.user, "press.retag_pressrelease"))

    has_confirm_permission = has_view_permission

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    has_delete_permission = has_change_permission

    @admin.action(description="Confirm: the releases have these countries", permissions=["confirm"])
    def confirm(self, request, queryset):
        self.act(request, queryset, countries.confirm, "Confirmed")

    @admin.action(description="Reject: never suggest these again", permissions=["confirm"])
    def reject(self, request, queryset):
        self.act(request, queryset, countries.reject, "Rejected")

    def act(self, request, queryset, do, done):
        if queryset.count() > MOST_AT_ONCE:
            refusal = f"Choose not more than {MOST_AT_ONCE} at once."
            self.message_user(request, refusal, messages.WARNING)
            return
        # Without the joins and the order of the list.
        chosen = CountrySuggestion.objects.filter(
            pk__in=list(queryset.values_list("pk", flat=True))
        )
        count = do(chosen, by=request.user)
        self.message_user(request, f"{done}: {count}.", messages.SUCCESS)
