"""What stands beside the list: the values of every dimension, each with its count and its address."""

from typing import NamedTuple

from ..filters import DIMENSIONS


class Value(NamedTuple):
    value: str
    label: str
    count: int
    is_chosen: bool
    query_string: str  # of the selection after a click
    level: int


class Section(NamedTuple):
    name: str
    label: str
    values: list

    @property
    def is_open(self):
        return any(value.is_chosen for value in self.values)


def sidebar(selection, counts, at, trees):
    """A Section for each dimension in which there is something to choose.

    When no more can be combined, a dimension shows what is chosen only: a click on more finds no page.
    """
    sections = []
    for name, dimension in DIMENSIONS.items():
        if name == "month" and "year" not in selection.choices:
            continue
        query_string, has_room = selection.toggles(name), selection.has_room(name)
        values = [
            Value(
                value=choice.value,
                label=choice.label,
                count=counts[name].get(choice.key, 0),
                is_chosen=selection.chosen(name, choice.value),
                query_string=query_string(choice),
                level=level,
            )
            for choice, level in dimension.options(counts[name], at, trees.get(name))
            if (has_room and counts[name].get(choice.key)) or selection.chosen(name, choice.value)
        ]
        if values:
            sections.append(Section(name, dimension.label, values))
    return sections
