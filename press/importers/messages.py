"""What an import has to say about an item: codes to count and filter by, sentences for people."""

import re
from typing import NamedTuple

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # no database and no file takes them
RAW_LENGTH = 300  # characters kept of what was found in the source
IN_SENTENCE = 100  # of them inside a sentence


class Message(NamedTuple):
    """level: "error", "warning" or "info"; field: of the release; raw: what stood in the source."""

    level: str
    code: str
    text: str
    field: str = ""
    raw: str = ""


ERRORS = {  # the item is not taken
    # its source
    "empty_archive": "an archive without pages or rows",
    "broken_archive": "not a .zip file that can be read: {raw}",
    "unsafe_name": "a name that leads out of its archive",
    "link_in_archive": "a link, not a file",
    "encrypted": "encrypted",
    "bomb": "unpacked more than {raw} times as large as it is",
    "nested_archive": "an archive in an archive; unpack it",
    "broken_record": "a record of a web archive that cannot be read: {raw}",
    "one_piece": "compressed as one piece: unpack it (gunzip) and import the .warc file",
    "not_in_sources": "“{raw}” stands in the manifest, but not among the sources",
    "named_already": "what the manifest tells of “{raw}” was taken for another file",
    # its table
    "no_rows": "a table without rows",
    "no_column": "no column for the {raw}",
    "manifest": "a manifest, not a source: name it with --manifest",
    "column_twice": "the name “{raw}” stands there twice",
    "broken_table": "not a table that can be read: {raw}",
    "row_length": "{raw} cells under a header of {header}",
    "not_json": "not JSON: {raw}",
    "not_a_row": "{raw}, not an object with fields",
    "wrong_type": "{field} is {raw}, which cannot be",
    "status_unknown": "status “{raw}” is unknown, so it may not be public",
    # the file
    "no_such_file": "no such file",
    "no_pages": "a folder without .html, .htm or .txt files, tables or archives",
    "unreadable": "cannot be read: {raw}",
    "too_large": "larger than {raw} MB",
    "empty": "empty file",
    "not_text": "not text: it holds NUL bytes or halves of characters",
    "unknown_encoding": "unknown encoding “{raw}”",
    "wrong_encoding": "not {raw}",
    # a file that it names
    "file_remote": "not beside the page; files are not fetched from the network",
    "file_outside": "outside the folder of the page",
    "file_unreadable": "not a file that can be read",
    # its format
    "no_format": "neither an HTML page nor a text capture",
    "mail": "an e-mail or MHTML file, not the text of a page",
    "too_deep": "more than {raw} elements in each other",
    "nothing": "nothing in it",
    # what it says
    "list": "{raw}: a list of releases, not one",
    "no_list": "no list of releases",
    "event": "the page of an event, held by {raw}; no release",
    "no_title": "no heading",
    "no_title_before_labels": "no title before the labels",
    "endless_title": "a heading that does not end",
    "no_text": "a title without any text",
    "no_labels": "no labels (Date, Source, Fields of work), no kind and no dateline",
    # what is here already, or comes in the same run
    "collision": "another item of the same language, day and title came from {raw}",
    "date_is_gone": "has no date any more, although it had one when it was imported before",
    "unexpected": "unexpected {raw}",
    "edited": "was edited here since; kept: {raw}",
    "redacted": "something was removed from it here for legal reasons; kept: {raw}",
}
WARNINGS = {  # the item is taken, but somebody should look
    "held_back": "its source shows it to readers now; a person had it in hand here, where it stays a draft",
    "title_cut": "title of {raw} characters; cut to {limit}",
    "label_unknown": "label “{raw}” is unknown; kept as it is",
    "kind_unknown": "kind “{raw}” is unknown",
    "language_unknown": "language “{raw}” is not one of ours; taken as English",
    "language_not_recognised": "language not recognised; taken as English",
    "embargo_unreadable": "embargo “{raw}” cannot be read: it stays a draft until somebody publishes it",
    "date_unreadable": "date “{raw}” cannot be read",
    "dates_disagree": "dated {raw}, but its dateline says {dateline}; the date was taken",
    "same_title": "the same title on the same day as {raw}",
    "same_text": "nearly the same text on the same day as {raw}",
    "undated": "no date: it becomes a draft",
    "in_future": "dated in the future ({raw}): readers see it from then on",
    "list_disagrees": "a list page says {field} “{raw}”, its own page something else, which was kept",
    "label_unmatched": "{field} “{raw}” names no term; kept as it is",
    "body_twice": "its text stood twice in a row; once was taken",
    "text_left_out": "text of the page that its profile does not name was left out: {raw}",
    "no_profile": "no profile describes its layout: menus or footers may stand in its text",
    "references": "{field}: characters that were written as {raw} and the like were decoded",
    "misread_mended": "{field}: letters that an older system misread were repaired: {raw}",
    "misread": "{field}: letters that an older system seems to have misread; kept: {raw}",
    "address_damaged": "e-mail addresses that were hidden from robots are lost: {raw}",
    "picture_refused": "image “{raw}”: {reason}",
    "download_refused": "file “{raw}”: {reason}",
    "picture_undescribed": "image “{raw}” has no description; taken as decorative",
}
INFOS = {  # nothing need be done
    "fields_ignored": "fields that were not taken: {raw}",
    # the item is not taken
    "same_item": "the same item as {raw}, which was taken",
    "not_imported_yet": "is not imported yet; what the list says is kept for it",
    "older_capture": "an older capture than {raw}, which was taken",
    "deleted_here": "was imported once and deleted here",
}
TEXTS = ERRORS | WARNINGS | INFOS


def message(code, raw="", *, field="", **details):
    """The Message of that code, its sentence filled in. raw is cut to RAW_LENGTH characters."""
    raw = _UNSTORABLE.sub("\ufffd", str(raw))
    short = raw if len(raw) <= IN_SENTENCE else f"{raw[: IN_SENTENCE - 1]}…"
    text = TEXTS[code].format(raw=short, field=field, **details)
    level = "error" if code in ERRORS else "warning" if code in WARNINGS else "info"
    return Message(level, code, text, field, raw[:RAW_LENGTH])


class NotARelease(Exception):
    """The item cannot be taken; its message says why. The arguments are those of message()."""

    def __init__(self, code, raw="", **details):
        super().__init__(code, raw)
        self.message = message(code, raw, **details)

    @classmethod
    def saying(cls, problem):
        """For a Message that is there already."""
        error = cls.__new__(cls, problem.code, problem.raw)
        error.message = problem
        return error

    def __reduce__(self):
        # Raised in one process, told in another, where the details of the sentence are gone.
        return NotARelease.saying, (self.message,)

    def __str__(self):
        return self.message.text
