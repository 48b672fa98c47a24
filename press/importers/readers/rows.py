"""Reads rows of exports: the fields of a release under the names that rows.toml lists."""

import json
import re
import sys
import tomllib
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from urllib.parse import quote, urljoin

from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.days import midnight
from osce_cms.html import DEEPEST, is_too_deep

from ..messages import NotARelease, message
from .dates import parse_day
from .html_page import LONGEST_TITLE
from .item import Download, Item, Picture
from .markup import drop, outline, pictures_in, to_paragraphs
from .vocabulary import kind_of

_NAMES = tomllib.loads((Path(__file__).parent / "rows.toml").read_text(encoding="utf-8"))
SITE = _NAMES["site"]  # where addresses without a host belong
_LABELS = ["date", "source", "field", "country", "meeting"]
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PLAIN_ADDRESS = re.compile(r"https://[\w.-]+/[\w/-]+", re.ASCII)  # joining would change nothing
_BETWEEN = re.compile(r"(&#?\w{2,31};)|[;|\n]")  # the end of a reference parts nothing
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:.*")
_SECONDS = re.compile("[0-9]{9,10}")  # since 1970: days from 1973 on
_NOISE = "script, style, noscript, template, title, iframe, svg, form, nav"
_TO_TAKE_OUT = re.compile(rf"<(?:{_NOISE.replace(', ', '|')}|img|figure)\b", re.IGNORECASE)


@lru_cache(1000)  # rows of one export all have the same names
def plain(name):
    """name as it is compared."""
    return re.sub(r"[\s_-]+", "", name.casefold())


FIELDS = {field: [plain(each) for each in names] for field, names in _NAMES["fields"].items()}
PARTS = {part: [plain(each) for each in names] for part, names in _NAMES["parts"].items()}
STATUS = {
    plain(word): status == "published"
    for status, words in _NAMES["status"].items()
    for word in words
}


def parse(data):
    """What the bytes of a JSON text say. Raises NotARelease."""
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=without_repetition)
    except UnicodeDecodeError as error:
        place = f"byte 0x{data[error.start]:02X} at position {error.start}"
        raise NotARelease("wrong_encoding", f"UTF-8: {place}") from error
    except RecursionError as error:
        raise NotARelease("too_deep", sys.getrecursionlimit()) from error
    except ValueError as error:
        raise NotARelease("not_json", error) from error


def without_repetition(pairs):
    check_names([name for name, _ in pairs])
    return dict(pairs)


def check_names(names):
    seen = set()
    for name in filter(None, names):
        if plain(name) in seen:
            raise NotARelease("column_twice", name)
        seen.add(plain(name))


def check_columns(names):
    """Raise NotARelease when a table with columns of these names cannot hold releases."""
    check_names(names)
    present = {plain(name) for name in names}
    if "path" in present and not present & {*FIELDS["title"], *FIELDS["body"]}:
        raise NotARelease("manifest")
    for field in ("title", "body"):
        if not present & set(FIELDS[field]):
            raise NotARelease("no_column", field)


def read(data):
    """data of a row, its fields as JSON -> Item. Raises NotARelease that names the field."""
    row = parse(data)
    if not isinstance(row, dict):
        raise NotARelease("not_a_row", type_of(row))
    fields, ignored = take_fields(row, FIELDS)
    title = " ".join(text_of(fields, "title").split())
    if not title:
        raise NotARelease("no_title")
    if len(title) > LONGEST_TITLE:
        raise NotARelease("endless_title")
    body, pictures = read_body(text_of(fields, "body"))
    if not body:
        raise NotARelease("no_text")
    url, *urls = urls_of(fields) or [""]
    return Item(
        title=title,
        body=body,
        kind=kind_in(text_of(fields, "kind")),
        labels=labels_of(fields),
        language=re.split("[-_]", text_of(fields, "language").strip())[0].lower(),
        url=url,
        urls=urls,
        pictures=with_listed(pictures, fields),
        downloads=[
            Download(each["src"], each.get("title", ""))
            for each in objects_of(fields, "attachments")
        ],
        is_published=is_published(fields),
        messages=told_of(fields, ignored),
    )


def take_fields(row, wanted):
    """({field: value}, the names in row that were not asked for), both without what is empty."""
    check_names(row)
    by_name = {plain(name): (name, value) for name, value in row.items() if is_given(value)}
    fields, taken = {}, set()
    for field, names in wanted.items():
        for name in filter(by_name.get, names):
            value = by_name[name][1]
            # Under "published" stands a day in one export and a yes or no in another.
            if field == "date" and as_status(value) is not None:
                fields.setdefault("status", value)
            elif field not in fields:
                fields[field] = value
            else:
                continue
            taken.add(name)
    return fields, sorted(name for each, (name, _) in by_name.items() if each not in taken)


def is_given(value):
    return value is not None and value not in ("", [], {})


# Values: everything in them is checked, with the name of its field


def text_of(fields, field):
    return text(fields.get(field, ""), field)


def text(value, field):
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise NotARelease("wrong_type", type_of(value), field=field)
    if "\0" in value or not is_encodable(value):
        raise NotARelease("not_text", field=field)
    return value


def is_encodable(text):
    """Whether text has no halves of characters, which JSON can name; quicker than looking for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def type_of(value):
    names = {
        dict: "an object",
        list: "a list",
        bool: "yes or no",
        str: "a text",
        type(None): "null",
    }
    return names.get(type(value), "a number")


def texts_of(fields, field):
    """A list, or a text with ; or | between its parts."""
    values = fields.get(field, [])
    if isinstance(values, str):
        values = _BETWEEN.sub(lambda found: found[1] or "\n", values).split("\n")
    if not isinstance(values, list):
        values = [values]
    texts = [text(name_of(each, field), field) for each in values]
    return [stripped for each in texts if (stripped := each.strip())]


def name_of(value, field):
    if not isinstance(value, dict):
        return value
    parts, _ = take_fields(value, PARTS)
    if "name" not in parts:
        raise NotARelease("wrong_type", "an object without a name", field=field)
    return parts["name"]


def objects_of(fields, field):
    """[{part: text}] of files, each given as an object or by its address alone."""
    values = fields.get(field, [])
    if not isinstance(values, list | dict):
        values = texts_of(fields, field)
    objects = []
    for value in values if isinstance(values, list) else [values]:
        parts = take_fields(value, PARTS)[0] if isinstance(value, dict) else {"src": value}
        if "src" not in parts:
            raise NotARelease("wrong_type", "an object without an address", field=field)
        objects.append({part: text(each, field).strip() for part, each in parts.items()})
    return objects


# Fields


def read_body(markup):
    """(HTML, its Pictures); without tags it is a text, parted by blank lines if there are any."""
    if not _TAG.search(markup):
        return paragraphs(markup), []
    if is_too_deep(markup):
        raise NotARelease("too_deep", DEEPEST)
    if not _TO_TAKE_OUT.search(markup):
        return to_paragraphs(outline(markup)), []
    body = HTMLParser(f"<body>{markup}</body>").body
    if body is None:
        return "", []
    drop(body, _NOISE)
    pictures = pictures_in(body)
    drop(body, "figure:has(img), img")
    return to_paragraphs(outline(body.html or "")), pictures


def paragraphs(words):
    words = "\n".join(words.strip().splitlines())
    parts = re.split(r"\n\s*\n", words)
    if len(parts) == 1:
        parts = words.split("\n")
    lines = [[escape(line.strip(), quote=False) for line in part.split("\n")] for part in parts]
    return "".join(f"<p>{'<br>'.join(each)}</p>" for each in lines if any(each))


def kind_in(printed):
    """The kind as printed, or in words when only its code, such as press_release, is a name."""
    printed = printed.strip()
    words = re.sub("[_-]", " ", printed)
    return words if kind_of(words)[0] and not kind_of(printed)[0] else printed


def labels_of(fields):
    labels = {label: texts_of(fields, label) for label in _LABELS[1:]}
    if date := text_of(fields, "date").strip():
        labels = {"date": [day_in(date)], **labels}
    return {label: values for label, values in labels.items() if values}


def day_in(date):
    """date as printed; of a point in time, its day in Vienna."""
    try:
        if _SECONDS.fullmatch(date):
            at = datetime.fromtimestamp(int(date), timezone.get_default_timezone())
        elif _TIME.fullmatch(date):
            at = datetime.fromisoformat(date)
        else:
            return date
        return (timezone.localdate(at) if at.tzinfo else at.date()).isoformat()
    except (ValueError, OverflowError):
        return date


def urls_of(fields):
    """The addresses of an item, the best first: its own, then that of its number."""
    urls = []
    if url := text_of(fields, "url").strip():
        urls.append(absolute(url))
    if number := text_of(fields, "id").strip():
        urls.append(f"{SITE}node/{quote(number, safe='')}")
    return list(dict.fromkeys(urls))


def absolute(url):
    if _PLAIN_ADDRESS.fullmatch(url):
        return url
    try:
        return urljoin(SITE, url)
    except ValueError:
        return url


def with_listed(pictures, fields):
    """The pictures in the body, then those that are only listed."""
    listed = [
        Picture(*(each.get(part, "") for part in ("src", "alt", "caption", "credit")))
        for each in objects_of(fields, "images")
    ]
    of_body = {each.src: each for each in pictures}
    for each in listed:
        present = of_body.get(each.src)
        if present:
            present.alt = present.alt or each.alt
            present.caption = present.caption or each.caption
            present.credit = present.credit or each.credit
    return pictures + [each for each in listed if each.src not in of_body]


def is_published(fields):
    """Whether the source has made the item public. Raises NotARelease when it is not clear."""
    status = fields.get("status", True)
    if (known := as_status(status)) is None:
        shown = status if isinstance(status, str) else type_of(status)
        raise NotARelease("status_unknown", shown, field="status")
    embargo = text_of(fields, "embargo").strip()
    until = moment_of(embargo) if embargo else None
    # What cannot be read may be to come.
    return known and not (embargo and (until is None or until > timezone.now()))


def told_of(fields, ignored):
    messages = [message("fields_ignored", ", ".join(ignored))] if ignored else []
    embargo = text_of(fields, "embargo").strip()
    if embargo and moment_of(embargo) is None:
        messages.append(message("embargo_unreadable", embargo, field="embargo"))
    return messages


def as_status(value):
    return STATUS.get(plain(str(value))) if isinstance(value, bool | int | str) else None


def moment_of(text):
    """The datetime that text names, in Vienna if it does not say where; None when it cannot be read."""
    try:
        at = datetime.fromisoformat(day_in(text) if _SECONDS.fullmatch(text) else text)
    except ValueError:
        day = parse_day(text)
        return midnight(day) if day else None
    return at if at.tzinfo else timezone.make_aware(at)
