"""Items a second of import_releases against a plain import of the same items, row by row through the ORM.

    .venv/bin/python benchmarks/imports.py [ITEMS] [jsonl|html]

On a database of its own beside the one that the settings name, which is dropped afterwards. Compare the
ratios: machines are noisy. The row-by-row import reads and cleans with the same functions, and saves each
release with its terms, log entry and search data in one transaction each, as a first script would.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections import deque
from datetime import date
from html import escape
from pathlib import Path
from statistics import harmonic_mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osce_cms.settings")

import django

BY_ROW = 1000  # items, before the first run and after it: a machine is not the same a minute later
SHORTEST_BODY = 1700  # characters, which makes 3 KiB on average


def main(items=20_000, form="jsonl"):
    from django.test.utils import setup_databases, teardown_databases

    from press.importers.run import Options, import_releases
    from structures.seed import load_taxonomy

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        load_taxonomy()
        with tempfile.TemporaryDirectory() as folder:
            source = write(Path(folder), items, form)
            few = min(items, BY_ROW)
            before = rate("row by row", few, lambda: import_by_row(source, few))
            empty()
            runs = []
            first = rate("first run", items, lambda: runs.append(import_releases([str(source)])))
            second = rate("unchanged run", items, lambda: import_releases([str(source)]))
            dry = Options(dry_run=True)
            rate("unchanged, dry", items, lambda: import_releases([str(source)], dry))
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            empty()
            after = rate("row by row", few, lambda: import_by_row(source, few))
        print(", ".join(f"{number} {action}" for action, number in sorted(runs[0].counts.items())))
        print(f"first run: {first / harmonic_mean([before, after]):.1f} times row by row")
        print(f"unchanged run: {second / first:.1f} times the first")
        print(f"memory at most: {used:.0f} MB, with what made the items")
    finally:
        teardown_databases(databases, verbosity=0)


def rate(name, items, act):
    begun = time.perf_counter()
    act()
    seconds = time.perf_counter() - begun
    print(
        f"{name:15} {items / seconds:8.0f} items a second ({items} in {seconds:.1f} s)", flush=True
    )
    return items / seconds


def write(folder, items, form):
    """A source of synthetic items with bodies of about 3 KiB, of which one has no text."""
    from press.corpus.making import terms
    from press.corpus.releases import Plan, releases_of

    plan = Plan(releases=items, seed=1, until=date(2025, 12, 31), terms=terms())
    names = {link: labels(link) for link in ("sources", "fields_of_work")}
    number, bodies = 0, deque(maxlen=20)
    target = folder / "items.jsonl" if form == "jsonl" else folder / "pages"
    if form == "html":
        target.mkdir()
    with open(folder / "items.jsonl", "w", encoding="utf-8") as rows:
        for chunk in plan.chunks():
            for each in releases_of(plan, chunk):
                number += 1
                bodies.append(each.values["body"])
                row = row_of(number, each, names, long_enough(bodies))
                if number == items * 3 // 4:
                    row["body"] = ""  # one that fails, and takes none of the others with it
                if form == "jsonl":
                    rows.write(json.dumps(row, ensure_ascii=False) + "\n")
                else:
                    (target / f"{number:07}.html").write_text(page_of(row), encoding="utf-8")
    return target


def labels(link):
    from press.models import PressRelease

    model = PressRelease._meta.get_field(link).related_model
    return dict(model.objects.values_list("pk", "name"))


def long_enough(bodies):
    """The last of bodies, and those before it until there is enough text."""
    body = ""
    for each in reversed(bodies):
        body += each
        if len(body) >= SHORTEST_BODY:
            break
    return body


def row_of(number, release, names, body):
    values = release.values
    at = values["published_at"]
    return {
        "id": 100_000 + number,
        "url": f"https://www.osce.org/node/{100_000 + number}",
        "title": values["title"],
        "language": values["language"],
        "date": at.date().isoformat() if at else "",
        "kind": "Press release",
        "body": body,
        "sources": [names["sources"][pk] for pk in release.links["sources"]],
        "fields": [names["fields_of_work"][pk] for pk in release.links["fields_of_work"]],
    }


def page_of(row):
    labels = "".join(
        f"<dt>{label}:</dt>" + "".join(f"<dd>{escape(each)}</dd>" for each in values)
        for label, values in {
            "Date": [row["date"]],
            "Source": row["sources"],
            "Fields of work": row["fields"],
        }.items()
    )
    return (
        f'<!DOCTYPE html><html lang="{row["language"]}"><link rel="canonical" href="{row["url"]}">'
        f"<article><p>Press release</p><h1>{escape(row['title'])}</h1><dl>{labels}</dl>"
        f"{row['body']}</article>"
    )


def import_by_row(source, items):
    from django.db import transaction

    from press.importers.clean import clean
    from press.importers.readers.reading import read
    from press.importers.run import Options, Run, Stop
    from press.importers.sources import Sources
    from press.models import LINKS, PressRelease
    from press.revisions import record as record_revision
    from press.workflow import State

    run = Run(Sources([str(source)]), Options(), print, Stop())
    for number, capture in enumerate(run.sources.captures()):
        if number == items:
            return
        record = clean(read(capture), run.matcher)
        with transaction.atomic():
            release = PressRelease.objects.filter(legacy_key=record.key).first()
            release = release or PressRelease(legacy_key=record.key)
            for name, value in record.values.items():
                setattr(release, name, value)
            release.state = State.PUBLISHED if release.published_at else State.DRAFT
            release.save()
            for link in LINKS:
                getattr(release, link).set(record.links[link])
            release.log.create(action="import")
            record_revision(release, by=None)


def empty():
    from press.models import ImportRun, PressRelease

    PressRelease.objects.all().delete()
    ImportRun.objects.all().delete()


if __name__ == "__main__":
    django.setup()
    main(*[int(each) if each.isdigit() else each for each in sys.argv[1:]])
