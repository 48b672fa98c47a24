from .attachment import Attachment
from .choices import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Kind, Precision
from .contact import Contact, ReleaseContact
from .history import ChangeNote, ReleaseChange, ReleaseLog, Revision
from .image import ReleaseImage
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
    "Contact",
    "EditSession",
    "Kind",
    "Precision",
    "PressRelease",
    "PreviewLink",
    "Redaction",
    "ReleaseChange",
    "ReleaseContact",
    "ReleaseImage",
    "ReleaseLog",
    "Reminder",
    "Revision",
    "slug_for",
]
