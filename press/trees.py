"""The four trees as readers meet them: under which path, by which name, in the order of the menu."""

from dataclasses import dataclass

from django.urls import reverse

from structures.models import Structure
from taxonomy.models import Country, FieldOfWork, Meeting

from .filters import DIMENSIONS, TERM_DIMENSIONS


@dataclass(frozen=True)
class Tree:
    model: type
    path: str
    name: str
    introduction: str
    has_groups: bool = False  # roots that are headings for what lies below them

    def get_absolute_url(self):
        return reverse(f"{self.model._meta.model_name}-index")

    @property
    def parameter(self):
        """Of the list, by which it is filtered."""
        return next(
            name
            for name, dimension in TERM_DIMENSIONS.items()
            if dimension.term_model is self.model
        )

    @property
    def link(self):
        """Of a release, which leads to its terms."""
        return DIMENSIONS[self.parameter].field_name


TREES = [
    Tree(
        FieldOfWork,
        "fields-of-work",
        "Fields of work",
        "What the organisation works on. Each field leads to the releases about it.",
    ),
    Tree(
        Country,
        "countries",
        "Countries",
        "The participating States and the Partners for Co-operation, with the releases that concern"
        " them.",
        has_groups=True,
    ),
    Tree(
        Structure,
        "structures",
        "Structures",
        "Who publishes: the Chairpersonship, the Secretariat, the institutions and the field"
        " operations, past and present.",
        has_groups=True,
    ),
    Tree(
        Meeting,
        "meetings",
        "Meetings",
        "The regular meetings and conferences, with the releases about them.",
    ),
]
