from .attachment import Attachment
from .choices import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Kind, Precision
from .history import ChangeNote, ReleaseChange, ReleaseLog, Revision
from .image import ReleaseImage
from .legacy import LegacyUrl
from .redaction import Redaction
from .release import LINKS, MOVED, PressRelease, slug_for
from .reminder import Reminder
from .sharing import EditSession, PreviewLink

__all__ = [
    "EARLIEST",
    "FIRST_YEAR",
    "LAST_YEAR",
    "LATEST",
    "LINKS",
    "MOVED",
    "Attachment",
    "ChangeNote",
    "EditSession",
    "Kind",
    "LegacyUrl",
    "Precision",
    "PressRelease",
    "PreviewLink",
    "Redaction",
    "ReleaseChange",
    "ReleaseImage",
    "ReleaseLog",
    "Reminder",
    "Revision",
    "slug_for",
]
