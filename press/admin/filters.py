import re

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.utils import timezone
from django.utils.dates import MONTHS

MOST_BELOW = 60  # terms right below one; a list of more helps nobody
OLDEST = 1995  # the first year of the archive


class BranchFilter(admin.FieldListFilter):
    """Releases by a term of a tree and all that lies below it."""

    template = "admin/press/branch_filter.html"

    def __init__(self, field, request, params, model, model_admin, field_path):
        self.parameter = f"{field_path}__branch"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.title = field.verbose_name
        self.value = self.used_parameters.get(self.parameter, [""])[-1]

    def expected_parameters(self):
        return [self.parameter]

    def queryset(self, request, queryset):
        if not self.value:
            return queryset
        terms = self.field.related_model.objects
        if not (self.value.isdecimal() and terms.filter(pk=self.value).exists()):
            raise IncorrectLookupParameters(f"{self.title}: {self.value}")
        return queryset.filed_under(self.field_path, [int(self.value)])

    def choices(self, changelist):
        """All, the way down to the chosen term, and what lies right below it: never the whole tree."""
        yield {
            "selected": not self.value,
            "query_string": changelist.get_query_string(remove=[self.parameter]),
            "display": "All",
            "level": 0,
        }
        terms = self.field.related_model.objects
        way = list(terms.lineage(terms.model(pk=int(self.value)))) if self.value else []
        below = terms.filter(parent=self.value or None)[:MOST_BELOW]
        for level, term in [*enumerate(way), *((len(way), child) for child in below)]:
            yield {
                "selected": self.value == str(term.pk),
                "query_string": changelist.get_query_string({self.parameter: term.pk}),
                "display": str(term),
                "level": level,
            }


class TimeFilter(admin.SimpleListFilter):
    """Releases by the year of their public time in Vienna, and by month in a chosen one.

    Instead of Django's date hierarchy, which reads the dates of the whole table for each page.
    """

    title = "year"
    parameter_name = "when"
    template = "admin/press/branch_filter.html"

    def lookups(self, request, model_admin):
        chosen = (self.value() or "")[:4]
        for year in range(timezone.localtime().year + 1, OLDEST - 1, -1):
            yield str(year), str(year)
            if chosen == str(year):
                yield from ((f"{year}-{month}", f"{MONTHS[month]} {year}") for month in MONTHS)

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        found = re.fullmatch(r"((?:19|20)[0-9]{2})(?:-(1[0-2]|[1-9]))?", self.value())
        if not found:
            raise IncorrectLookupParameters(f"when: {self.value()}")
        queryset = queryset.filter(published_at__year=int(found[1]))
        return queryset.filter(published_at__month=int(found[2])) if found[2] else queryset
