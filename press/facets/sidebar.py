"""What stands beside the list: the values of every dimension, each with its count and its address."""

from dataclasses import dataclass

from django.utils import timezone

from taxonomy.models import Country

from ..filters import DIMENSIONS, UNTAGGED, Choice, ColumnDimension, TermDimension, month_name


@dataclass(frozen=True)
class Value:
    value: str
    label: str
    count: int
    is_chosen: bool
    query_string: str  # of the selection after a click
    level: int


@dataclass(frozen=True)
class Section:
    name: str
    label: str
    values: list

    @property
    def is_open(self):
        return any(value.is_chosen for value in self.values)


def sidebar(selection, counts, at):
    """A Section for each dimension in which there is something to choose."""
    sections = []
    for name, dimension in DIMENSIONS.items():
        if name == "month" and "year" not in selection.choices:
            continue
        values = [
            Value(
                value=choice.value,
                label=choice.label,
                count=counts[name].get(choice.key, 0),
                is_chosen=selection.chosen(name, choice.value),
                query_string=selection.toggled(name, choice).query_string(),
                level=level,
            )
            for choice, level in options(name, dimension, counts[name], at)
            if counts[name].get(choice.key) or selection.chosen(name, choice.value)
        ]
        if values:
            sections.append(Section(name, dimension.label, values))
    return sections


def options(name, dimension, counts, at):
    """(Choice, level) for all values, in the order in which people expect them."""
    if isinstance(dimension, TermDimension):
        terms = dimension.term_model.objects.all()
        if dimension.term_model is Country:
            terms = terms.with_chair(timezone.localtime(at).year)
        for term in terms:
            yield Choice(term.slug, str(term), term.pk), term.level
        yield Choice(UNTAGGED, f"No {dimension.label.lower()}", None), 0
    elif isinstance(dimension, ColumnDimension):
        for value, label in dimension.choices:
            yield Choice(value, label, value), 0
        yield Choice(UNTAGGED, f"No {dimension.label.lower()}", ""), 0
    elif name == "year":
        for year in sorted(counts, reverse=True):
            yield Choice(str(year), str(year), year), 0
    else:
        for month in range(1, 13):
            yield Choice(str(month), month_name(month), month), 0
