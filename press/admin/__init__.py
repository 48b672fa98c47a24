from .releases import PressReleaseAdmin

__all__ = ["PressReleaseAdmin"]
