"""Rows of .jsonl, .json and .csv files, one capture each; its data are the fields as JSON.

Lines are read one by one, so the size of a table does not matter; a .json file is read as a whole.
"""

import codecs
import csv
import json
import os
import re
from functools import partial
from io import BytesIO
from itertools import chain

from ..messages import NotARelease, message
from ..readers.item import Capture
from ..readers.rows import check_columns, parse
from .beside import Folder
from .found import LARGEST, MEGABYTE, UNREADABLE, Found, failed, problem_of, read

LARGEST_JSON = 50_000_000  # bytes of a .json file
REST = "; the rest of the table was not read"
_GUARD = re.compile(r"^'(?=[=+\-@\t\r])")  # against formulas, put there when a table is exported


def found(place):
    folder = Folder(str(place.root), os.path.dirname(place.inside))
    yield from rows(str(place.path), partial(place.path.open, "rb"), folder)


def rows(path, open_, folder):
    """The rows of the table at path, which open_() opens; the last may be why it is not read on.

    folder: where the files lie that they name.
    """
    is_empty = True
    try:
        with open_() as file:
            for number, data, problem in numbered(path, file):
                is_empty = False
                known = {"is_row": True, "problem": problem, "folder": folder}
                capture = Capture(f"{path}:{number}", data, **known)
                yield Found(capture.path, lambda capture=capture: capture)
    except (NotARelease, *UNREADABLE) as error:
        yield failed(path, problem_of(error))
    else:
        if is_empty:
            yield failed(path, message("no_rows"))


def numbered(path, file):
    """(line, data, problem) of each row; a problem without data ends a table, or only its row."""
    if path.lower().endswith(".csv"):
        return csv_rows(file)
    if path.lower().endswith((".jsonl", ".ndjson")):
        return json_lines(file)
    return json_rows(file)


def json_rows(file):
    """The elements of an array, counted; else the one object in file, or those on its lines."""
    data = read(file, LARGEST_JSON)
    try:
        whole = parse(data)
    except NotARelease:
        if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
            raise
        yield from json_lines(BytesIO(data))
        return
    for number, element in enumerate(whole if isinstance(whole, list) else [whole], start=1):
        yield number, json.dumps(element).encode(), None


def json_lines(file):
    for number, line in lines_of(file):
        if line is None:
            yield number, b"", message("too_large", LARGEST // MEGABYTE)
        elif line.strip():
            yield number, line, None


def lines_of(file):
    """(number, line) of all lines, without a mark at the beginning; None for a line that is too long."""
    number = 0
    while line := file.readline(LARGEST + 1):
        number += 1
        if number == 1:
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise NotARelease("wrong_encoding", "UTF-8 but UTF-16")
            line = line.removeprefix(codecs.BOM_UTF8)
        is_long = len(line) > LARGEST
        while is_long and line and not line.endswith(b"\n"):
            line = file.readline(LARGEST)
        yield number, None if is_long else line


def csv_rows(file):
    """The rows under the header. What makes it unsure where rows begin ends the table."""
    csv.field_size_limit(LARGEST)
    lines = Lines(file)
    first = next(lines, "")
    reader = csv.reader(chain([first], lines), delimiter=delimiter_of(first), strict=True)
    number = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not header:
            return
        check_columns(header)
        while True:
            number = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield number, *row_of(header, cells)
    except csv.Error as error:
        yield number, b"", message("broken_table", f"{error}{REST}")
    except UnicodeDecodeError as error:
        place = f"byte 0x{error.object[error.start]:02X} at position {lines.start + error.start}"
        yield lines.number, b"", message("wrong_encoding", f"UTF-8: {place}{REST}")


def row_of(header, cells):
    """(data, problem)"""
    names = header + [f"cell {number}" for number in range(len(header) + 1, len(cells) + 1)]
    row = {name: _GUARD.sub("", cell) for name, cell in zip(names, cells, strict=False)}
    is_whole = len(cells) == len(header)
    problem = None if is_whole else message("row_length", len(cells), header=len(header))
    return json.dumps(row).encode(), problem


class Lines:
    """The lines of a file as text. number: of the present one; start: its place in the file."""

    def __init__(self, file):
        self.lines = lines_of(file)
        self.number = self.start = self.length = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.number, line = next(self.lines)
        if line is None:
            raise csv.Error(f"a line of more than {LARGEST // MEGABYTE} MB")
        self.start += self.length
        self.length = len(line)
        return line.decode()


def delimiter_of(header):
    """What parts the columns whose names stand in the line header: the commonest of , ; and tab."""
    bare = re.sub('"[^"]*"', "", header)
    return max(",;\t", key=bare.count)
