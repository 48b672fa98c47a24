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
LONGEST_NAME = 300  # characters of legacy_name


def documents_of(record):
    """Those of its downloads that came with its page."""
    return [each for each in record.downloads if is_of_old_site(each.src, record.values)]


def is_of_old_site(src, values):
    """Whether a document came with the page; others stay where they are, and the link leads there."""
    try:
        host = urlsplit(src).hostname or ""
    except ValueError:
        return False
    own = urlsplit(values["legacy_url"]).hostname
    return host in ("", own, OLD_SITE) or host.endswith(f".{OLD_SITE}")


def whole(src, url):
    """What tells the document that the page at url names by src from others, however it is written.

    Its address without the scheme, "www.", a port and a fragment, decoded.
    """
    try:
        parts = urlsplit(urljoin(url or f"https://www.{OLD_SITE}/", src.strip()))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # half an address
        return src
    return f"{host}{unquote(parts.path)}?{parts.query}"


def attachment_from(download, position, folder, messages):
    """An unsaved Attachment, or None with the reason among messages."""
    file, problem = as_document(download.src, folder)
    if problem:
        told = message("download_refused", download.src, reason=problem, field="attachments")
        messages.append(told)
        return None
    title = " ".join(download.title.split()) or file.name
    return Attachment(
        file=file,
        title=title[:TITLE_LENGTH],
        position=position,
        legacy_name=download.src[:LONGEST_NAME],
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
