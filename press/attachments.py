"""Which files may hang on a release: told by their content, never opened further than that takes.

Nothing that runs a program of its own when it is opened: no macros, no archives, no web pages.
"""

import codecs
import re
import secrets
import zipfile
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from osce_cms.scanning import scan

KINDS = {  # suffix: (what readers are told, the type)
    "pdf": ("PDF", "application/pdf"),
    "docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": (
        "PowerPoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "odt": ("OpenDocument text", "application/vnd.oasis.opendocument.text"),
    "ods": ("OpenDocument spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    "csv": ("CSV", "text/csv; charset=utf-8"),
    "txt": ("Text", "text/plain; charset=utf-8"),
}
MAIN_PARTS = {  # of Office files: what the list of their parts calls the first one
    b"wordprocessingml.document.main+xml": "docx",
    b"spreadsheetml.sheet.main+xml": "xlsx",
    b"presentationml.presentation.main+xml": "pptx",
}
OPEN_DOCUMENTS = {KINDS[suffix][1].encode(): suffix for suffix in ("odt", "ods")}
MACROS = re.compile(r"(^|/)vbaProject|^Basic/|^Scripts/|(^|/)activeX|\.(bin|exe|dll|js|vbs)$", re.I)
HARMLESS = re.compile(r"(^|/)(printerSettings|customProperty)\d*\.bin$", re.I)
MOST_PARTS = 10_000
LARGEST_LIST = 1_000_000  # bytes of the list of parts, unpacked
MOST_UNPACKED = 1_000_000_000  # bytes that a file may say it unpacks to
# Text that is a page, a drawing or a program.
PROGRAM = re.compile(rb"\s*<(!doctype|html|head|body|script|svg|\?xml|iframe)|[#%]!", re.I)
REFUSED = (
    "This is not a file that can be attached, or it is damaged. PDF, Word (docx), Excel (xlsx), PowerPoint"
    " (pptx), OpenDocument (odt, ods), and text (csv, txt, in UTF-8) can."
)
WITH_MACROS = "This file contains macros or programs. Save it without them, or as PDF."


def kind_of(file, name):
    """The suffix, one of KINDS, of an open file. Raises ValidationError for what may not be
    attached, or if the scanner of the site does not pass it.
    """
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"Larger than {settings.UPLOAD_MAX_MB} MB.")
    scan(file)
    file.seek(0)
    head = file.read(1024)
    try:
        if head.startswith(b"%PDF-"):
            kind = pdf(file)
        elif head.startswith(b"PK\x03\x04"):
            kind = packed(file)
        else:
            kind = text(file, head, name)
    finally:
        file.seek(0)
    if not kind:
        raise ValidationError(REFUSED)
    return kind


def pdf(file):
    file.seek(max(0, file.size - 2048))
    is_whole = b"%%EOF" in file.read()
    # What is an archive too is meant for a program that takes it for one.
    return "pdf" if is_whole and not zipfile.is_zipfile(file) else None


def packed(file):
    """Of an Office or OpenDocument file, of which the list of parts is read and nothing else."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if is_suspect(parts):
                return None
            if any(is_macro(part.filename) for part in parts):
                raise ValidationError(WITH_MACROS)
            return office(archive) or open_document(archive, parts)
    except ValidationError:
        raise
    except Exception:
        # Damaged, encrypted, or packed in a way that Office does not: each fails in its own way.
        return None


def is_suspect(parts):
    """Whether this is rather a trap than a document."""
    names = [part.filename for part in parts]
    return (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED
        or any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names)
        or len(set(names)) < len(names)
    )


def is_macro(name):
    return bool(MACROS.search(name)) and not HARMLESS.search(name)


def office(archive):
    listed = read_part(archive, "[Content_Types].xml")
    if b"macroEnabled" in listed:
        raise ValidationError(WITH_MACROS)
    return next((suffix for part, suffix in MAIN_PARTS.items() if part in listed), None)


def open_document(archive, parts):
    if not parts or parts[0].filename != "mimetype":
        return None
    return OPEN_DOCUMENTS.get(read_part(archive, "mimetype").strip())


def read_part(archive, name):
    try:
        part = archive.getinfo(name)
    except KeyError:
        return b""
    if part.file_size > LARGEST_LIST:
        return b""
    with archive.open(part) as file:
        return file.read(LARGEST_LIST)  # whatever the part says of its size


def text(file, head, name):
    """Text in UTF-8 that is no program. Whether it is a table is not in it: its name says so."""
    if not head.strip() or PROGRAM.match(head.removeprefix(codecs.BOM_UTF8)):
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        for chunk in file.chunks():
            if b"\0" in chunk:
                return None
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return "csv" if name.lower().endswith(".csv") else "txt"


def random_place(attachment, filename):
    return f"attachments/{secrets.token_urlsafe(16)}{Path(filename).suffix}"
