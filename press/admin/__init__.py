from .archive import CountrySuggestionAdmin, TermDecisionAdmin
from .contacts import ContactAdmin
from .imports import ImportRunAdmin
from .releases import PressReleaseAdmin

__all__ = [
    "ContactAdmin",
    "CountrySuggestionAdmin",
    "ImportRunAdmin",
    "PressReleaseAdmin",
    "TermDecisionAdmin",
]
