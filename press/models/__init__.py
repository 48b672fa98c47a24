from .attachment import Attachment
from .choices import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Kind, Precision
from .contact import Contact, ReleaseContact
from .decisions import (
    ContactMention,
    ContactSuggestion,
    CountrySuggestion,
    TermDecision,
    Vocabulary,
)
from .history import ChangeNote, ReleaseChange, ReleaseLog, Revision
from .image import ReleaseImage
from .imports import (
    Action,
    Decision,
    ImportItem,
    ImportMessage,
    ImportRun,
    ListedItem,
    Origin,
    RunStatus,
    undone,
)
from .legacy import LegacyUrl
from .redaction import Redaction
from .release import LINKS, MOVED, PressRelease, settle_others, slug_for
from .reminder import Reminder
from .sharing import EditSession, PreviewLink

__all__ = [
    "EARLIEST",
    "FIRST_YEAR",
    "LAST_YEAR",
    "LATEST",
    "LINKS",
    "MOVED",
    "Action",
    "Attachment",
    "ChangeNote",
    "Contact",
    "ContactMention",
    "ContactSuggestion",
    "CountrySuggestion",
    "Decision",
    "EditSession",
    "ImportItem",
    "ImportMessage",
    "ImportRun",
    "Kind",
    "LegacyUrl",
    "ListedItem",
    "Origin",
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
    "RunStatus",
    "TermDecision",
    "Vocabulary",
    "settle_others",
    "slug_for",
    "undone",
]
