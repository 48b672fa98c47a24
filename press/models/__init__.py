from .attachment import Attachment
from .choices import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Kind, Precision
from .decisions import CountrySuggestion, TermDecision, Vocabulary
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
    "CountrySuggestion",
    "EditSession",
    "Kind",
    "Precision",
    "PressRelease",
    "PreviewLink",
    "Redaction",
    "ReleaseChange",
    "ReleaseImage",
    "ReleaseLog",
    "Reminder",
    "Revision",
    "TermDecision",
    "Vocabulary",
    "slug_for",
]
