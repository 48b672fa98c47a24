from .archive import CountrySuggestionAdmin, TermDecisionAdmin
from .contacts import ContactAdmin
from .imports import ImportRunAdmin
from .releases import PressReleaseAdmin
from .suggested_contacts import ContactSuggestionAdmin

__all__ = [
    "ContactAdmin",
    "ContactSuggestionAdmin",
    "CountrySuggestionAdmin",
    "ImportRunAdmin",
    "PressReleaseAdmin",
    "TermDecisionAdmin",
]
