"""What a source holds, counted before anything of it is imported. Nothing is written."""

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser as HTMLParser

from osce_cms.html import is_too_deep
from osce_cms.text import printable

from .clean import LINK_OF, clean
from .messages import NotARelease
from .readers import html_page, layouts, listing, reading, text_capture

MOST = 20_000  # different names that are counted one by one: hostile pages have no end of them
OTHERS = "(others)"
EXAMPLES = 3
SHARES = [0, 10, 50, 90, 99]  # percentiles
_NUMBER = re.compile("[0-9]+")
_WORD = re.compile(r"[^\W\d_]+")
_STYLE = re.compile(r"([a-z-]{2,40})\s*:")


class Tally(Counter):
    """Counts names, and from MOST of them on all others as one."""

    def add(self, name, number=1):
        name = str(name)[:200]
        self[name if name in self or len(self) < MOST else OTHERS] += number

    def top(self, number):
        return dict(self.most_common(number))


class Lengths:
    """Percentiles of lengths, each kept to two figures, so that memory does not grow with them."""

    def __init__(self):
        self.counts, self.longest = Counter(), 0

    def add(self, length):
        step = 10 ** max(0, len(str(length)) - 2)
        self.counts[length // step * step] += 1
        self.longest = max(self.longest, length)

    def told(self):
        total, seen, told = self.counts.total(), 0, {}
        for length, count in sorted(self.counts.items()):
            seen += count
            for share in SHARES:
                if seen * 100 > share * total:
                    told.setdefault(f"{share} %", length)
        return told | {"longest": self.longest} if total else {}


class Inspection:
    """Counts captures, one after the other."""

    def __init__(self, matcher):
        self.matcher = matcher
        self.read = self.releases = self.duplicates = self.entries = 0
        self.keys, self.twice = set(), []
        self.title, self.body = Lengths(), Lengths()
        self.formats, self.encodings, self.layouts, self.lists = (Tally() for _ in range(4))
        self.refused, self.noticed, self.languages, self.kinds = (Tally() for _ in range(4))
        self.unknown_kinds, self.dates = Tally(), Tally()
        self.shapes, self.parsed, self.example = Tally(), Tally(), {}
        self.tags, self.classes, self.styles = (Tally() for _ in range(3))
        self.matched, self.unmatched = Tally(), {label: Tally() for label in LINK_OF}
        self.images, self.documents = Tally(), Tally()

    def add(self, capture):
        self.read += 1
        try:
            self.look_into(capture)
        except Exception as error:  # whatever one item does to us, the others are counted
            self.refused.add(f"unexpected {type(error).__name__}")

    def look_into(self, capture):
        try:
            text = self.add_format(capture)
        except NotARelease as problem:
            self.refused.add(problem.message.code)
            return
        try:
            item = reading.read(capture)
            record = clean(item, self.matcher)
        except NotARelease as problem:
            self.add_refused(problem.message.code, text)
            return
        self.add_record(item, record, capture)

    # How it is written.

    def add_format(self, capture):
        """The text of a page, "" of a row. Raises NotARelease for what cannot be read at all."""
        if capture.problem:
            self.formats.add("not readable")
            raise NotARelease.saying(capture.problem)
        if capture.is_row:
            self.formats.add("row")
            return ""
        self.encodings.add(encoding_of(capture.data))
        text = reading.decode(capture.data)
        if not html_page.recognises(text):
            self.formats.add("text" if text_capture.recognises(text) else "unknown")
            return text
        self.formats.add("html")
        if not is_too_deep(text):
            self.add_markup(HTMLParser(text))
        return text

    def add_markup(self, tree):
        used = (each.name for each in layouts.load() if each.article_in(tree))
        self.layouts.add(next(used, "no profile"))
        for node in tree.css("*"):
            self.tags.add(node.tag)
            for name in (node.attributes.get("class") or "").split():
                self.classes.add(name)
            for name in _STYLE.findall((node.attributes.get("style") or "").lower()):
                self.styles.add(name)

    def add_refused(self, code, text):
        try:
            entries = listing.read(text) if text else []
        except NotARelease:
            entries = []
        if entries:
            self.lists.add(code)
            self.entries += len(entries)
        else:
            self.refused.add(code)

    # What it says.

    def add_record(self, item, record, capture):
        self.releases += 1
        self.languages.add(record.values["language"])
        self.kinds.add(record.values["kind"] or "none")
        if item.kind and not record.values["kind"]:
            self.unknown_kinds.add(item.kind)
        self.title.add(len(item.title))
        self.body.add(len(record.values["body"]))
        for each in record.messages:
            self.noticed.add(each.code)
        self.add_dates(record)
        self.add_terms(record)
        self.add_key(record, capture)
        add_files(self.images, record.pictures, capture.folder)
        add_files(self.documents, record.downloads, capture.folder)

    def add_dates(self, record):
        if record.printed_day:
            self.dates.add("printed")
        else:
            self.dates.add("of the dateline" if record.dateline_day else "none")
        if printed := record.printed_date:
            shape = _NUMBER.sub("9", _WORD.sub("x", printed))[:100]
            self.shapes.add(shape)
            self.parsed.add(shape, bool(record.printed_day))
            if shape in self.shapes:
                self.example.setdefault(shape, printed[:100])

    def add_terms(self, record):
        unmatched = record.values["unmatched_labels"]
        for label, link in LINK_OF.items():
            self.matched.add(label, len(record.links[link]))
            for each in unmatched.get(label, []):
                self.unmatched[label].add(each)

    def add_key(self, record, capture):
        key = hash(record.key)  # eight bytes; two items in a billion billions may share it
        if key not in self.keys:
            self.keys.add(key)
            return
        self.duplicates += 1
        if len(self.twice) < EXAMPLES:
            self.twice.append(printable(capture.path))

    def told(self, top):
        """Everything as plain values; of names without end the top commonest."""
        return {
            "read": self.read,
            "releases": self.releases,
            "lists": {"pages": self.lists.total(), "entries": self.entries},
            "refused": self.refused.top(None),
            "noticed": self.noticed.top(None),
            "formats": self.formats.top(None),
            "encodings": self.encodings.top(top),
            "layouts": self.layouts.top(None),
            "languages": self.languages.top(None),
            "kinds": self.kinds.top(None),
            "unknown kinds": self.unknown_kinds.top(top),
            "dates": self.dates.top(None),
            "shapes of dates": {
                shape: {
                    "count": count,
                    "read": self.parsed[shape],
                    "example": self.example.get(shape, ""),
                }
                for shape, count in self.shapes.most_common(top)
            },
            "terms": {
                label: {
                    "matched": self.matched[label],
                    "unmatched": tally.total(),
                    "commonest unmatched": tally.top(top),
                }
                for label, tally in self.unmatched.items()
            },
            "lengths": {"title": self.title.told(), "body": self.body.told()},
            "tags": self.tags.top(top),
            "classes": self.classes.top(top),
            "inline styles": self.styles.top(top),
            "images": self.images.top(None),
            "documents": self.documents.top(None),
            "duplicates": {"count": self.duplicates, "examples": self.twice},
        }


def encoding_of(data):
    """As which reading.decode() takes the bytes of a page."""
    for mark, name in reading.MARKS:
        if data.startswith(mark):
            return name
    try:
        data.decode()
    except UnicodeDecodeError:
        declared = reading.CHARSET.search(data[:2048])
        return declared[1].decode().lower() if declared else "not UTF-8, none declared"
    return "utf-8"


def add_files(tally, named, folder):
    for each in named:
        try:
            folder.open_file(each.src)
        except (AttributeError, NotARelease):  # rows have no folder
            tally.add("missing")
        else:
            tally.add("present")
