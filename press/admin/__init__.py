from .archive import CountrySuggestionAdmin, TermDecisionAdmin
from .contacts import ContactAdmin
from .releases import PressReleaseAdmin

__all__ = ["ContactAdmin", "CountrySuggestionAdmin", "PressReleaseAdmin", "TermDecisionAdmin"]
