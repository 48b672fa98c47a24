from .archive import CountrySuggestionAdmin, TermDecisionAdmin
from .releases import PressReleaseAdmin

__all__ = ["CountrySuggestionAdmin", "PressReleaseAdmin", "TermDecisionAdmin"]
