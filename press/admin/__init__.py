from .contacts import ContactAdmin
from .releases import PressReleaseAdmin

__all__ = ["ContactAdmin", "PressReleaseAdmin"]
