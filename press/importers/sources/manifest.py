"""A CSV file that tells what is known of pages from outside: their addresses, days and languages."""

import csv
import os
import posixpath
import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from .tables import delimiter_of

KNOWN = ["url", "captured_at", "language"]
_LANGUAGE = re.compile("[a-z]{2,3}")
_ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)


class SourceError(Exception):
    """A manifest that cannot be relied on; says where and why."""


class Row(NamedTuple):
    number: int
    path: str
    url: str
    captured_at: datetime | None
    language: str

    @property
    def known(self):
        return self.url, self.captured_at, self.language


class Manifest:
    """What a manifest says, read and checked as a whole; without path one that says nothing.

    Raises SourceError that names row and column.
    """

    def __init__(self, path):
        self.path = path
        self.data = b""
        self.rows = []
        if path:
            self.data = read(path)
            self.rows = list(rows_of(self.data, Path(path).name))
        self._by_path = {}
        for row in self.rows:
            if first := self._by_path.get(row.path):
                raise SourceError(
                    f"{Path(path).name}, row {row.number}, column path: “{row.path}” stands in row "
                    f"{first.number} too"
                )
            self._by_path[row.path] = row

    def is_at(self, path):
        return bool(self.path) and os.path.realpath(path) == os.path.realpath(self.path)

    def row_about(self, found):
        """The Row that names found, from the folder of the manifest or from that of the source."""
        if not self._by_path:
            return None
        folder = os.path.dirname(os.path.abspath(self.path))
        from_here = os.path.relpath(os.path.abspath(found.path), folder)
        return self._by_path.get(from_here) or self._by_path.get(found.inside)


def read(path):
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path} cannot be read: {reason}") from error


def rows_of(data, name):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{name}, row {line}: not UTF-8") from error
    header, *_ = text.split("\n", 1)
    lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter_of(header), strict=True)
    try:
        columns = columns_of(next(lines, []), name)
        while cells := next_row(lines):
            number, values = cells
            if any(values):
                yield row_of(number, columns, values, name)
    except csv.Error as error:
        raise SourceError(f"{name}, row {lines.line_num}: {error}") from error


def next_row(lines):
    """(the line where it begins, its cells) of the next row; None after the last one."""
    number = lines.line_num + 1
    cells = next(lines, None)
    return None if cells is None else (number, [cell.strip() for cell in cells])


def columns_of(header, name):
    """{column: its place}. Other columns than ours are nobody's business."""
    names = [cell.strip().lower() for cell in header]
    if twice := next((each for each in ["path", *KNOWN] if names.count(each) > 1), None):
        raise SourceError(f"{name}, row 1: column {twice} stands there twice")
    if "path" not in names:
        raise SourceError(f"{name}, row 1: no column path")
    if not set(names) & set(KNOWN):
        raise SourceError(f"{name}, row 1: none of the columns {', '.join(KNOWN)}")
    return {each: names.index(each) for each in ["path", *KNOWN] if each in names}


def row_of(number, columns, cells, name):
    def refuse(column, reason):
        raise SourceError(f"{name}, row {number}, column {column}: {reason}")

    values = {
        column: cells[place] if place < len(cells) else "" for column, place in columns.items()
    }
    path, url, day, language = (values.get(each, "") for each in ["path", *KNOWN])
    if not path or "\0" in path:
        refuse("path", "no path")
    if url and not _ADDRESS.fullmatch(url):
        refuse("url", f"“{url}” is no web address")
    if language and not _LANGUAGE.fullmatch(language.lower()):
        refuse("language", f"“{language}” is no code such as en")
    try:
        captured_at = moment(day) if day else None
    except ValueError:
        refuse("captured_at", f"“{day}” is no date such as 2011-06-16 or 2011-06-16T12:30:00Z")
    path = posixpath.normpath(path.replace("\\", "/"))
    return Row(number, path, url, captured_at, language.lower())


def moment(text):
    """An ISO date or time, or the 14 figures of web archives; UTC unless it says otherwise."""
    if re.fullmatch("[0-9]{14}", text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
