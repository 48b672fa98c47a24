"""The documents that a page offers, beside the release that was made of it."""

import posixpath
from urllib.parse import unquote, urljoin, urlsplit

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from ...attachments import kind_of
from ...models import Attachment
from ..messages import NotARelease, message

OLD_SITE = "osce.org"
TITLE_LENGTH = 200  # characters that the column holds


def documents_of(record):
    """Those of its downloads that came with its page, each once, however the page writes its address."""
    found = {}
    for each in record.downloads:
        if is_of_old_site(each.src, record.values):
            found.setdefault(whole(each.src, record.values["legacy_url"]), each)
    return list(found.values())


def is_of_old_site(src, values):
    """Whether a document came with the page; others stay where they are, and the link leads there."""
    try:
        host = urlsplit(src).hostname or ""
    except ValueError:
        return False
    own = urlsplit(values["legacy_url"]).hostname
    return host in ("", own, OLD_SITE) or host.endswith(f".{OLD_SITE}")


def whole(src, url):
    """The address, with its host, of a document that the page at url names by src."""
    return urljoin(url or f"https://www.{OLD_SITE}/", src)


def attachment_from(download, position, folder, messages):
    """An unsaved Attachment, or None with the reason among messages."""
    file, problem = as_document(download.src, folder)
    if problem:
        told = message("download_refused", download.src, reason=problem, field="attachments")
        messages.append(told)
        return None
    title = " ".join(download.title.split()) or file.name
    return Attachment(
        file=file, title=title[:TITLE_LENGTH], position=position, legacy_name=download.src[:300]
    )


def as_document(src, folder):
    """(ContentFile, None), or (None, why not). folder: anything with open_file(src), see sources.beside."""
    try:
        file = ContentFile(folder.open_file(src), name_of(src))
        kind_of(file, file.name)
    except NotARelease as reason:
        return None, str(reason)
    except ValidationError as refused:
        return None, " ".join(refused.messages)
    return file, None


def name_of(src):
    return posixpath.basename(unquote(urlsplit(src).path)) or "document"
