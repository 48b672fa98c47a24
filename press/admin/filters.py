from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters


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
        below = terms.filter(parent=self.value or None)
        for level, term in [*enumerate(way), *((len(way), child) for child in below)]:
            yield {
                "selected": self.value == str(term.pk),
                "query_string": changelist.get_query_string({self.parameter: term.pk}),
                "display": str(term),
                "level": level,
            }
