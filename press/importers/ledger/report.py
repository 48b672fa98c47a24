"""The report of an import as files: for people, for tables, and what failed to be mended and fed back."""

import csv
import errno
import json
import os
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath

from osce_cms.tables import guarded

from ...models import Action
from ..messages import ERRORS
from ..writing.links import left_over

COMMONEST = 10  # codes in the summary, with EXAMPLES of each
EXAMPLES = 3
CHUNK = 1000
FAILED = {"failed.csv", "failed.jsonl"}  # and failed/, to mend it
TABLES = {
    # The first columns are those of a manifest: what was mended goes in with it.
    "failed.csv": ["path", "url", "captured_at", "language", "source", "code", "text"],
    "conflicts.csv": ["source", "key", "release", "title", "text"],
    "terms.csv": ["vocabulary", "label", "count"],
    "links.csv": ["release", "title", "link"],
    "redirects.csv": ["url", "release", "address"],
}


WRITTEN = {*TABLES, "items.jsonl", "failed.jsonl", "failed", "summary.json", "summary.md"}


class Report:
    """Written into folder while the import runs. Each record is added once; close() ends it.

    earlier: where the report is that was in folder before: somebody may have mended what failed in it.
    """

    def __init__(self, folder):
        """Nothing is written before there is something to write. Raises OSError when folder cannot be."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        self.earlier, self.is_begun = None, False
        self.forget()

    def forget(self):
        self.files, self.tables = {}, {}
        self.codes, self.examples, self.labels = Counter(), defaultdict(list), Counter()
        self.failed_rows = 0

    def begin(self):
        if self.files:
            return
        if not self.is_begun:
            self.is_begun = True
            self.keep_earlier()
        self.items = self.open("items.jsonl")
        self.tables = {name: csv.writer(self.open(name)) for name in TABLES}
        for name, columns in TABLES.items():
            self.tables[name].writerow(columns)

    def begin_anew(self):
        """Forget all that was added, to add it in another order."""
        self.begin()
        self.close_files()
        self.forget()

    def keep_earlier(self):
        """Move the report that is in folder into one of its own there, as it is."""
        here = [self.folder / name for name in sorted(WRITTEN)]
        here = [path for path in here if os.path.lexists(path)]
        self.earlier = self.first_free() if here else None
        for path in here:
            path.rename(self.earlier / path.name)

    def first_free(self):
        for number in count(1):
            path = self.folder / f"earlier-{number}"
            with suppress(FileExistsError):
                path.mkdir()
                return path

    @property
    def told(self):
        """Where the earlier report is now, in words; "" without one."""
        if not self.earlier:
            return ""
        return f"The report that was in {self.folder} is in {self.earlier} now."

    def needs(self, path):
        """Whether path is, or is in, what is moved away when the report begins."""
        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(self.folder))
        return Path(inside).parts[0] in WRITTEN if inside != "." else False

    def open(self, name):
        self.files[name] = open(self.folder / name, "w", encoding="utf-8", newline="")  # noqa: SIM115
        return self.files[name]

    def add(self, item, messages):
        """item: an ImportItem, saved or not; messages: its Messages or ImportMessages.

        What is unchanged is counted only, as in the ledger.
        """
        if item.action == Action.UNCHANGED:
            return
        self.begin()
        told = [
            {"level": m.level, "code": m.code, "field": m.field, "raw": m.raw, "text": m.text}
            for m in messages
        ]
        self.items.write(json.dumps(self.in_json(item, told), ensure_ascii=False) + "\n")
        for each in told:
            self.codes[each["code"]] += 1
            if len(self.examples[each["code"]]) < EXAMPLES:
                self.examples[each["code"]].append(f"{item.path}: {each['text']}")
            if each["code"] == "label_unmatched":
                self.labels[each["field"], each["raw"]] += 1
        self.tell(item, told)

    def in_json(self, item, told):
        return {
            "position": item.position,
            "action": str(item.action),
            "path": item.path,
            "key": item.key,
            "url": item.url,
            "title": item.title,
            "release": item.release_id,
            "duration": item.duration,
            "messages": told,
        }

    def tell(self, item, told):
        first = next(iter(told), None)
        worst = next((each for each in told if each["level"] == "error"), first)
        if item.action == Action.FAILED:
            at = item.captured_at.isoformat() if item.captured_at else ""
            row = [self.keep(item), item.url, at, item.language, item.path]
            self.row("failed.csv", [*row, worst and worst["code"], worst and worst["text"]])
        elif item.action == Action.CONFLICT:
            text = worst and worst["text"]
            self.row("conflicts.csv", [item.path, item.key, item.release_id, item.title, text])
        elif item.url and item.release and item.action in (Action.CREATED, Action.UPDATED):
            address = item.release.get_absolute_url()
            self.row("redirects.csv", [item.url, item.release_id, address])

    def row(self, name, cells):
        self.tables[name].writerow(["" if cell is None else guarded(str(cell)) for cell in cells])

    def keep(self, item):
        """Write what failed where it can be mended; its path as a manifest names it.

        What could not be read or is too large is an empty file, to be filled.
        """
        raw = bytes(item.raw or b"")
        if item.is_row and raw:
            file = self.files.get("failed.jsonl")
            if not file:
                file = self.files["failed.jsonl"] = (self.folder / "failed.jsonl").open("wb")
            file.write(b" ".join(raw.splitlines()) + b"\n")
            self.failed_rows += 1
            return f"failed.jsonl:{self.failed_rows}"
        suffix = PurePosixPath(item.path).suffix.lower()
        suffix = suffix if suffix in (".html", ".htm", ".txt") else ".html"
        path = Path("failed") / f"{item.position:08}{suffix}"
        (self.folder / path.parent).mkdir(exist_ok=True)
        (self.folder / path).write_bytes(raw)
        return str(path)

    def add_ledger(self, row):
        """Add all that the ledger knows of an ImportRun."""
        items = row.items.select_related("release").prefetch_related("messages")
        for item in items.iterator(chunk_size=CHUNK):
            self.add(item, item.messages.all())

    def close(self, row, counts, *, is_dry=False):
        """row: the ImportRun; counts: by action, closing to what was read."""
        self.begin()
        for release, address in left_over():
            self.row("links.csv", [release.pk, release.title, address])
        for (vocabulary, label), number in self.labels.most_common():
            self.row("terms.csv", [vocabulary, label, number])
        self.close_files()
        counts = {action.value: counts.get(action, 0) for action in Action}
        told = {
            "run": None if is_dry else str(row.uuid),
            "dry_run": is_dry,
            "status": row.status,
            "sources": row.sources,
            "started_at": row.started_at.isoformat(),
            "finished_at": row.finished_at and row.finished_at.isoformat(),
            "read": sum(counts.values()),
            **counts,
            "codes": dict(self.codes.most_common()),
        }
        (self.folder / "summary.json").write_text(json.dumps(told, indent=2) + "\n")
        (self.folder / "summary.md").write_text(self.summary(row, counts, is_dry), encoding="utf-8")

    def close_files(self):
        for file in self.files.values():
            file.close()

    def worth_telling(self):
        """(code, number) of all that made records fail, then of the commonest others."""
        failed = [each for each in self.codes.most_common() if each[0] in ERRORS]
        others = [each for each in self.codes.most_common() if each[0] not in ERRORS]
        return failed + others[:COMMONEST]

    def summary(self, row, counts, is_dry):
        sums = " + ".join(f"{number} {action}" for action, number in counts.items())
        lines = [
            "# Dry run: nothing was written" if is_dry else f"# {str(row).capitalize()}",
            "",
            f"Sources: {', '.join(row.sources)}. Status: {row.get_status_display().lower()}.",
            "",
            f"{sum(counts.values())} read = {sums}",
        ]
        for code, number in self.worth_telling():
            lines += ["", f"## {code}: {number}", ""]
            lines += [f"- {' '.join(each.split())}" for each in self.examples[code]]
        return "\n".join(lines) + "\n"
