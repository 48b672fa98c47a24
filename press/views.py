from typing import NamedTuple

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from structures.models import Structure
from taxonomy.models import Chairpersonship, Country, FieldOfWork

from . import legacy
from .changes import changed_by, notes_of
from .facets import MOST_RANKED, PAGE_SIZE, current
from .facets.sidebar import sidebar
from .filters import DIMENSIONS, SORTS, BadSelection, Choice, Selection
from .models import LINKS, PressRelease
from .search import TooCostly, match
from .suggestions import correction, offers

FEATURED, LATEST = 3, 8  # releases of the home page


@require_safe
def home(request):
    at = timezone.now()
    index = current()
    originals = PressRelease.objects.listed(at).once_each(at).newest_first().for_lists()
    first = list(originals.featured()[:FEATURED])
    others = originals.exclude(pk__in=[release.pk for release in first])
    # The lead is the newest of all where nothing is featured.
    shown = with_issuers([*first, *others[: LATEST + (not first)]], index)
    places = max(1, len(first))
    prefetch_related_objects(shown[:1], "images")
    context = {
        "lead": shown[0] if shown else None,
        "beside": shown[1:places],
        "releases": shown[places:],
        "fields": FieldOfWork.objects.filter(parent=None, is_closed=False),
        "structures": Structure.objects.filter(parent=None, is_closed=False),
        "is_sample": any(release.is_sample for release in shown),
        "site_has_sample": index.has_sample,
    }
    return render(request, "press/home.html", context)


@require_safe
def release_list(request):
    at, index = timezone.now(), current()
    if legacy.is_old_list(request):
        old = legacy.OldAddress.of(request.get_full_path_info())
        if address_of_ours := old and legacy.list_address(old, index, at):
            return redirect(address_of_ours, permanent=True)
    try:
        selection = Selection.parse(request.GET, index.trees)
    except BadSelection as bad:
        return no_such_list(request, bad)
    if not is_canonical(request, selection):
        return redirect(address(request, selection), permanent=True)

    words = match(selection.query)
    try:
        result = index.query(selection, words, selection.page, at=at)
    except TooCostly:
        return too_costly(request, selection)
    if selection.page > result.pages:
        bad = BadSelection(
            [f"There is no page {selection.page}: the list ends with page {result.pages}."],
            selection.replaced(page=result.pages),
        )
        return no_such_list(request, bad)

    listed = PressRelease.objects.listed(at).for_lists(with_text=words is not None)
    releases = with_issuers(in_order_of(result.ids, listed), index)
    context = {
        "selection": selection,
        "result": result,
        "releases": marked(releases, words),
        "sections": sidebar(selection, result.counts, at, index.trees),
        "chips": chips(selection),
        "pages": pages(selection, result),
        "orders": orders(selection),
        "most_ranked": MOST_RANKED,
        "offers": offers(selection, index, at),
        "correction": correction(selection, result, index, at),
        "noindex": selection.size > 2 or bool(selection.query),
        "is_sample": any(release.is_sample for release in releases),
        "site_has_sample": index.has_sample,
    }
    return render(request, "press/release_list.html", context)


def marked(releases, words):
    """The releases, with what was found in them marked."""
    if words is not None:
        for release in releases:
            release.marked_title = words.highlight(release.title, release.language)
            release.excerpt = words.snippet(release)
    return releases


def no_such_list(request, bad):
    return not_kept(render(request, "press/no_such_list.html", {"bad": bad}, status=404))


def not_kept(response):
    """What may be otherwise in a second: no cache on the way keeps it."""
    response["Cache-Control"] = "no-store"
    return response


def too_costly(request, selection):
    context = {"selection": selection, "remedy": selection.replaced(query="", page=1)}
    return not_kept(render(request, "press/too_costly.html", context, status=503))


def is_canonical(request, selection):
    """Whether the address says the selection and nothing else. The order of parameters is free."""
    asked = [(name, value) for name, values in request.GET.lists() for value in values]
    return request.path.endswith("/") and sorted(asked) == sorted(selection.pairs())


def address(request, selection):
    path = request.path if request.path.endswith("/") else f"{request.path}/"
    query_string = selection.query_string()
    return f"{path}?{query_string}" if query_string else path


def in_order_of(ids, queryset):
    rows = queryset.in_bulk(ids)
    # A release that was withdrawn a moment ago is not there any more.
    return [rows[pk] for pk in ids if pk in rows]


def with_issuers(releases, index):
    """The releases as a list, each with the names of its sources as issuers, from memory."""
    releases = list(releases)
    for release in releases:
        sources = index.keys_of(release.pk, "structure")
        nodes = index.trees["structure"].nodes
        release.issuers = [node.label for node in nodes if node.pk in sources]
    return releases


class Chip(NamedTuple):
    """Something that was chosen, and the query string without it."""

    dimension: str
    label: str
    query_string: str


def chips(selection):
    found = [
        Chip(DIMENSIONS[name].label, choice.label, selection.toggled(name, choice).query_string())
        for name, choices in selection.choices.items()
        for choice in choices
    ]
    for dimension, label, without in [
        ("From", selection.first and f"{selection.first:%-d %B %Y}", {"first": None}),
        ("To", selection.last and f"{selection.last:%-d %B %Y}", {"last": None}),
        ("Words", selection.query and f"“{selection.query}”", {"query": ""}),
    ]:
        if label:
            query_string = selection.replaced(page=1, **without).query_string()
            found.append(Chip(dimension, label, query_string))
    return found


class Order(NamedTuple):
    label: str
    is_chosen: bool
    query_string: str


def orders(selection):
    """In what order the list may stand; nothing to choose without words."""
    if not selection.query:
        return []
    labels = zip(SORTS, ["Newest first", "Most relevant"], strict=True)
    return [
        Order(label, sort == selection.sort, selection.replaced(sort=sort, page=1).query_string())
        for sort, label in labels
    ]


def pages(selection, result):
    """The numbers of the pager: (number, query string), (None, None) for a gap; None for one page."""
    if result.pages == 1:
        return None
    paginator = Paginator(range(result.total), PAGE_SIZE)
    return [
        (number, selection.replaced(page=number).query_string())
        if isinstance(number, int)
        else (None, None)
        for number in paginator.get_elided_page_range(selection.page, on_each_side=2, on_ends=1)
    ]


@require_safe
def release(request, pk, slug=None):
    at = timezone.now()
    found = PressRelease.objects.public(at).for_page().filter(pk=pk).first()
    if found is None:
        return taken_away(request, pk)
    if slug != found.slug or not request.path.endswith("/"):
        return redirect(found, permanent=True)
    return render(request, "press/release.html", on_page(found, at))


def on_page(release, at):
    """What the page of a release is made of; the same for readers and for a preview."""
    return {
        "release": release,
        "terms": {link: named_then(release, link) for link in LINKS},
        "translations": release.in_other_languages(at),
        "notes": notes_of(release),
        "is_sample": release.is_sample,
    }


@require_safe
def change(request, pk, note):
    """What one correction changed, for those who may read the release."""
    at = timezone.now()
    found = PressRelease.objects.public(at).filter(pk=pk).first()
    if found is None:
        return taken_away(request, pk)
    notes = notes_of(found)
    place = next((place for place, each in enumerate(notes) if each.pk == note), None)
    if place is None:
        raise Http404
    shown = notes[place]
    if request.path != shown.get_absolute_url():
        return redirect(shown, permanent=True)
    context = {
        "release": found,
        "note": shown,
        "changes": changed_by(shown),
        "earlier": notes[place + 1] if place + 1 < len(notes) else None,
        "later": notes[place - 1] if place else None,
        "is_sample": found.is_sample,
    }
    return render(request, "press/change.html", context)


def taken_away(request, pk):
    """What became of a release that was public; what never was is not found."""
    return gone(request, get_object_or_404(PressRelease.objects.taken_away(timezone.now()), pk=pk))


def gone(request, release):
    """The answer for a release that was taken away."""
    if release.moved_to:
        return not_kept(redirect(release.moved_to, permanent=True))
    # When, and no more: the reason was written for the house.
    act = release.log.filter(action="unpublish").first()
    return not_kept(render(request, "press/gone.html", {"taken_at": act and act.at}, status=410))


def named_then(release, link):
    """The terms of one link, each with the name it had on the day of the release, if it is another."""
    terms = list(getattr(release, link).all())
    for term in terms:
        term.then = term.name_on(timezone.localdate(release.published_at))
    return terms


class TermView:
    """What the index and the pages of one tree share."""

    tree = None

    def get_queryset(self):
        terms = self.tree.model.objects.all()
        if self.tree.model is Country:
            return terms.with_chair(timezone.localtime().year)
        if self.tree.model is Structure:
            return terms.select_related("host_country")
        return terms

    def get_context_data(self, **kwargs):
        return super().get_context_data(tree=self.tree, **kwargs)


class TermIndex(TermView, ListView):
    """A whole tree."""

    template_name = "press/term_index.html"
    context_object_name = "terms"


class TermPage(TermView, DetailView):
    """A term: where it stands, what lies below it, what was published last."""

    template_name = "press/term.html"
    context_object_name = "term"

    def get(self, request, *args, slug, **kwargs):
        try:
            return super().get(request, *args, slug=slug, **kwargs)
        except Http404:
            # A former address, or that of a term merged into another, leads to today's in one step.
            if term := self.tree.model.objects.at_addresses([slug]).get(slug):
                return redirect(term, permanent=True)
            raise

    def get_context_data(self, **kwargs):
        term, terms = self.object, self.get_queryset()
        at, index = timezone.now(), current()
        chosen = Choice(term.slug, str(term), term.pk)
        selection = Selection(choices={self.tree.parameter: (chosen,)})
        result = index.query(selection, None, 1, at=at)
        listed = PressRelease.objects.listed(at).for_lists()
        releases = with_issuers(in_order_of(result.ids[:10], listed), index)
        context = {
            "lineage": terms.lineage(term).exclude(pk=term.pk),
            "children": terms.filter(parent=term),
            "earlier_names": term.names.filter(is_official=True),
            "releases": releases,
            "total": result.total,
            "selection": selection,
            "site_has_sample": index.has_sample,
            "is_sample": any(each.is_sample for each in releases),
        }
        if self.tree.model is Country:
            context["chairpersonships"] = Chairpersonship.objects.filter(country=term)
            context["hosted"] = term.hosted_structures.all()
        if self.tree.model is Structure:
            context["predecessors"] = term.predecessors.all()
            context["successors"] = term.successors.all()
        return super().get_context_data(**context, **kwargs)
