"""The terms that the form of a release offers: with their place in the tree, those used lately first."""

import re

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, JsonResponse
from django.urls import path

from ..models import LINKS, PressRelease, Revision

MOST_RECENT = 8  # terms of one field
LATELY = 50  # saved versions of one person that are looked at


def urls(model_admin):
    site = model_admin.admin_site
    view = site.admin_view(ReleaseTerms.as_view(admin_site=site))
    return [path("terms/", view, name="press_pressrelease_terms")]


class ReleaseTerms(AutocompleteJsonView):
    """As Django's view, for the links of a release; nothing typed: what this person used lately first."""

    def get(self, request, *args, **kwargs):
        self.term, self.model_admin, self.source_field, _ = self.process_request(request)
        if self.source_field.model is not PressRelease or self.source_field.name not in LINKS:
            raise PermissionDenied
        if not self.has_perm(request):
            raise PermissionDenied
        number = request.GET.get("page", "1")
        if not re.fullmatch("[1-9][0-9]{0,4}", number):
            raise Http404
        start = (int(number) - 1) * self.paginate_by
        # One more than a page: so nothing has to be counted.
        terms = list(self.get_queryset()[start : start + self.paginate_by + 1])
        page = terms[: self.paginate_by]
        return JsonResponse(
            {
                "results": self.in_groups(page),
                "pagination": {"more": len(terms) > self.paginate_by},
            }
        )

    def get_queryset(self):
        terms = super().get_queryset()
        codes = [] if self.term.strip() else recent_codes(self.request.user, self.source_field.name)
        places = [When(code=code, then=place) for place, code in enumerate(codes)]
        return terms.annotate(
            place=Case(*places, default=MOST_RECENT, output_field=IntegerField())
            if places
            else Value(MOST_RECENT)
        ).order_by("place", *terms.model._meta.ordering)

    def in_groups(self, page):
        ways = self.model_admin.model.objects.ways_to(page)
        recent, others = [], []
        for term in page:
            group = recent if term.place < MOST_RECENT else others
            group.append({"id": str(term.pk), "text": ways[term.pk]})
        heading = [{"text": "Recently used", "children": recent}] if recent else []
        return heading + others


def recent_codes(person, link):
    """The codes of the terms of one link in what person saved lately, the last first."""
    saved = Revision.objects.filter(by=person.pk).order_by("-pk")
    found = {}
    for terms in saved.values_list(f"snapshot__{link}", flat=True)[:LATELY]:
        found |= {term["code"]: None for term in terms or [] if term["code"] not in found}
        if len(found) >= MOST_RECENT:
            break
    return list(found)[:MOST_RECENT]
