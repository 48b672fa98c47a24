"""From GET parameters to one validated selection, and back to its address.

The list page, its counts and whatever else follows a filtered list (feed, alert, API) ask with a
Selection and with nothing else.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from osce_cms.days import midnight
from osce_cms.html import without_controls
from osce_cms.languages import Language
from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from .models import FIRST_YEAR, LAST_YEAR, Kind, PressRelease
from .terms import Terms

SORTS = ["date", "relevance"]  # the first one unless another is asked for
UNTAGGED = "none"
LONGEST_QUERY = 200  # characters; what is beyond is cut
MOST_VALUES = 20  # of one dimension
MOST_CHOICES = 40  # of all dimensions together


class Choice(NamedTuple):
    """One chosen value: as the address has it, as people read it, as the database has it."""

    value: str
    label: str
    key: object


class ChoicesField(forms.Field):
    """Any number of values, each of which must exist; cleans to a tuple of Choice in a fixed order.

    choices_for: (values, tree) -> {value: Choice}, where a former value may stand for a present one.
    """

    widget = forms.SelectMultiple
    tree = None  # of the form that cleans; only terms have one

    def __init__(self, *, choices_for, **kwargs):
        super().__init__(**kwargs)
        self.choices_for = choices_for

    def clean(self, values):
        wanted = list(dict.fromkeys(filter(None, values or [])))
        if len(wanted) > MOST_VALUES:
            raise ValidationError(f"Not more than {MOST_VALUES} values can be combined.")
        # PostgreSQL takes no NUL, and nothing that exists holds one.
        choices = self.choices_for([value for value in wanted if "\0" not in value], self.tree)
        if unknown := [value for value in wanted if value not in choices]:
            raise ValidationError([f"There is no “{value[:80]}”." for value in unknown])
        return tuple(sorted({choices[value] for value in wanted}, key=lambda each: each.value))


class Dimension(django_filters.Filter):
    """A filter of which several values are OR.

    A kind of dimension says which Choice a value is (choices_for), which ones there are to choose from
    (options) and which releases hold them (holding, untagged). tree is that of a dimension of terms.
    """

    field_class = ChoicesField
    no_value = ""  # the key of what has none

    def __init__(self, field_name, label, **kwargs):
        super().__init__(field_name, label=label, choices_for=self.choices_for, **kwargs)

    @property
    def none(self):
        return Choice(UNTAGGED, f"No {self.label.lower()}", self.no_value)

    def filter(self, queryset, choices):
        return queryset.filter(self.condition(choices)) if choices else queryset

    def condition(self, choices):
        keys = [choice.key for choice in choices if choice.value != UNTAGGED]
        condition = self.holding(keys) if keys else Q()
        if len(keys) < len(choices):
            condition |= self.untagged()
        return condition


class TermDimension(Dimension):
    """Filter by the terms of one tree; a term covers its branch."""

    no_value = None

    def __init__(self, field_name, model, label):
        self.term_model = model
        super().__init__(field_name, label)

    def choices_for(self, values, tree):
        choices = {UNTAGGED: self.none}
        for value in values:
            if node := tree.by_slug.get(value):
                choices[value] = Choice(node.slug, node.label, node.pk)
        return choices

    def options(self, counts, at, tree):
        for node, label in tree.labels(at):
            yield Choice(node.slug, label, node.pk), node.level
        yield self.none, 0

    def holding(self, keys):
        return among(PressRelease.objects.filed_under(self.field_name, keys))

    def untagged(self):
        return among(PressRelease.objects.untagged(self.field_name))


def among(releases):
    return Q(pk__in=releases.order_by().values("pk"))


class ColumnDimension(Dimension):
    """Filter by a column with few values."""

    def __init__(self, field_name, choices, label):
        self.choices = [Choice(value, str(name), value) for value, name in choices]
        super().__init__(field_name, label)

    def choices_for(self, values, tree=None):
        return {choice.value: choice for choice in [*self.choices, self.none]}

    def options(self, counts, at, tree=None):
        for choice in [*self.choices, self.none]:
            yield choice, 0

    def holding(self, keys):
        return Q(**{f"{self.field_name}__in": keys})

    def untagged(self):
        return Q(**{self.field_name: ""})


class NumberDimension(Dimension):
    """Filter by a part of the public time, as it was in Vienna."""

    def __init__(self, part, lowest, highest, label, *, name=str, newest_first=False):
        self.lowest, self.highest, self.name = lowest, highest, name
        self.newest_first = newest_first
        super().__init__(f"published_at__{part}", label)

    def choices_for(self, values, tree=None):
        numbers = {value: int(value) for value in values if re.fullmatch("[1-9][0-9]{0,3}", value)}
        return {
            value: Choice(value, self.name(number), number)
            for value, number in numbers.items()
            if self.lowest <= number <= self.highest
        }

    def options(self, counts, at, tree=None):
        for number in sorted(counts, reverse=self.newest_first):
            yield Choice(str(number), self.name(number), number), 0

    def holding(self, keys):
        condition = Q()
        for key in keys:
            condition |= Q(**{self.field_name: key})
        return condition


def month_name(number):
    return f"{date(2000, number, 1):%B}"


class DateField(forms.DateField):
    input_formats = ["%Y-%m-%d"]
    default_error_messages = {"invalid": "Write a date as year-month-day, such as 2011-06-16."}

    def clean(self, value):
        day = super().clean(value)
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")
        return day


class DateFilter(django_filters.Filter):
    field_class = DateField

    def filter(self, queryset, day):
        if day is None:
            return queryset
        if self.lookup_expr == "lt":
            day += timedelta(days=1)
        return super().filter(queryset, midnight(day))


class ReleaseForm(forms.Form):
    def clean(self):
        cleaned = super().clean()
        if cleaned.get("month") and not cleaned.get("year"):
            self.add_error("month", "A month needs a year.")
        if sum(len(cleaned.get(name) or ()) for name in DIMENSIONS) > MOST_CHOICES:
            raise ValidationError(f"Not more than {MOST_CHOICES} values can be combined.")
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and first > last:
            self.add_error("to", "The last day lies before the first.")
        return cleaned


class ReleaseFilter(django_filters.FilterSet):
    field = TermDimension("fields_of_work", FieldOfWork, "Field of work")
    country = TermDimension("countries", Country, "Country")
    structure = TermDimension("sources", Structure, "Structure")
    meeting = TermDimension("meetings", Meeting, "Meeting")
    kind = ColumnDimension("kind", Kind.choices, "Kind")
    language = ColumnDimension("language", Language.choices, "Language")
    year = NumberDimension("year", FIRST_YEAR, LAST_YEAR, "Year", newest_first=True)
    month = NumberDimension("month", 1, 12, "Month", name=month_name)

    class Meta:
        model = PressRelease
        fields = []
        form = ReleaseForm


# Parameter names that Python keeps for itself.
ReleaseFilter.base_filters["from"] = DateFilter("published_at", "gte", label="From")
ReleaseFilter.base_filters["to"] = DateFilter("published_at", "lt", label="To")

FILTERS = ReleaseFilter.base_filters
# Made once: django-filter would make filters and form anew for each request, in most of a millisecond.
SelectionForm = ReleaseFilter({}).get_form_class()
DIMENSIONS = {name: each for name, each in FILTERS.items() if isinstance(each, Dimension)}
TERM_DIMENSIONS = {
    name: each for name, each in DIMENSIONS.items() if isinstance(each, TermDimension)
}


def read_trees():
    """{dimension: its tree} as the database has them now."""
    return {name: Terms.read(each.term_model) for name, each in TERM_DIMENSIONS.items()}


class BadSelection(Exception):
    """Parameters that name something that does not exist. remedy is the selection without them."""

    def __init__(self, errors, remedy):
        super().__init__("; ".join(errors))
        self.errors, self.remedy = errors, remedy


@dataclass(frozen=True)
class Selection:
    """What a reader asked for. choices: {dimension: (Choice, ...)}; first and last are days.

    Two of them are equal, and have one hash, when they have one canonical address.
    """

    choices: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))
    first: date | None = None
    last: date | None = None
    query: str = ""
    sort: str = SORTS[0]
    page: int = 1

    def __post_init__(self):
        object.__setattr__(self, "choices", MappingProxyType(dict(self.choices)))

    def __hash__(self):
        return hash(self.query_string())

    @classmethod
    def parse(cls, params, trees=None):
        """params: a QueryDict; trees: as read_trees() gives them, which is asked when they are left out.

        Raises BadSelection. Unknown parameters are left aside.
        """
        form, trees = SelectionForm(params), trees or read_trees()
        for name, tree in trees.items():
            form.fields[name].tree = tree
        form.is_valid()
        cleaned = form.cleaned_data
        fits = not form.non_field_errors()
        selection = cls(
            choices={name: cleaned[name] for name in DIMENSIONS if fits and cleaned.get(name)},
            first=cleaned.get("from"),
            last=cleaned.get("to"),
            # Neither PostgreSQL nor a feed takes characters that no document can hold.
            query=" ".join(without_controls(params.get("q", "")).split())[:LONGEST_QUERY].strip(),
        )
        errors = [
            f"{FILTERS[name].label}: {message}" if name in FILTERS else message
            for name, messages in form.errors.items()
            for message in messages
        ]
        sort = params.get("sort") or SORTS[0]
        if sort not in SORTS:
            errors.append(f"There is no order “{sort[:20]}”.")
        elif selection.query:  # only words make one release more relevant than another
            selection = replace(selection, sort=sort)
        page = params.get("page") or "1"
        if not re.fullmatch(r"[1-9][0-9]{0,6}", page):
            errors.append(f"There is no page “{page[:20]}”.")
        if errors:
            raise BadSelection(errors, selection)
        return replace(selection, page=int(page))

    def narrow(self, queryset, ignoring=None):
        """The part of queryset that was asked for, but for the choice in the dimension ignoring.

        A month belongs to its year: the counts of years leave it out too.
        """
        for name, condition in self.conditions.items():
            if name != ignoring and not (ignoring == "year" and name == "month"):
                queryset = queryset.filter(condition)
        queryset = FILTERS["from"].filter(queryset, self.first)
        return FILTERS["to"].filter(queryset, self.last)

    @cached_property
    def conditions(self):
        """{dimension: Q}; made once, since what a structure covers takes a query of its own."""
        return {name: DIMENSIONS[name].condition(each) for name, each in self.choices.items()}

    def pairs(self):
        """The parameters of its one canonical address."""
        pairs = [
            (name, choice.value) for name in DIMENSIONS for choice in self.choices.get(name, ())
        ]
        for name, value in [("from", self.first), ("to", self.last), ("q", self.query)]:
            if value:
                pairs.append((name, str(value)))
        if self.sort != SORTS[0]:
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return pairs

    def query_string(self):
        return urlencode(self.pairs())

    def chosen(self, dimension, value):
        return any(choice.value == value for choice in self.choices.get(dimension, ()))

    def toggled(self, dimension, choice):
        """This selection with one value more, or less when it was chosen; back on the first page."""
        choices = {**self.choices, dimension: self.after_click(dimension, choice)}
        if not choices[dimension]:
            del choices[dimension]
            if dimension == "year":
                choices.pop("month", None)
        return self.replaced(choices=choices, page=1)

    def after_click(self, dimension, choice):
        others = tuple(c for c in self.choices.get(dimension, ()) if c.value != choice.value)
        if self.chosen(dimension, choice.value):
            return others
        return tuple(sorted([*others, choice], key=lambda each: each.value))

    def toggles(self, dimension):
        """choice -> the query string of toggled(dimension, choice), quickly for many choices."""
        before, after = [], []
        names = list(DIMENSIONS)
        for name, value in self.replaced(page=1).pairs():
            is_before = name in names and names.index(name) < names.index(dimension)
            if name != dimension:
                (before if is_before else after).append((name, value))
        ends = urlencode(before), urlencode(after)

        def query_string(choice):
            choices = self.after_click(dimension, choice)
            if not choices:
                return self.toggled(dimension, choice).query_string()
            pairs = urlencode([(dimension, each.value) for each in choices])
            return "&".join(filter(None, [ends[0], pairs, ends[1]]))

        return query_string

    def has_room(self, dimension):
        """Whether one value more of a dimension can be chosen."""
        sizes = {name: len(choices) for name, choices in self.choices.items()}
        return sizes.get(dimension, 0) < MOST_VALUES and sum(sizes.values()) < MOST_CHOICES

    @property
    def size(self):
        """How many things were chosen; deep combinations are not for search engines."""
        return len(self.replaced(page=1).pairs())

    def for_feed(self):
        """A feed begins with the newest, whatever page of whatever order somebody is looking at."""
        return self.replaced(sort=SORTS[0], page=1)

    def replaced(self, **changes):
        if not changes.get("query", self.query):
            changes["sort"] = SORTS[0]
        return replace(self, **changes)
